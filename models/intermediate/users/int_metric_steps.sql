{{ config(materialized="table") }}

{% set values = {"last_session_day": day_number("last_session_at")} %}
{% for metric in metric_names() %}
{% do values.update({metric: metric}) %}
{% endfor %}

with all_users as (
    select count(*) as all_users from {{ ref("int_users") }}
),

-- a window per metric: one window with partitions takes twice as long
counted as (
    {% for metric, value in values.items() %}
    select
        '{{ metric }}' as metric,
        {{ value }} as value,
        count(*) as user_count,
        sum(count(*)) over (
            order by {{ value }} asc nulls last
            rows between unbounded preceding and current row
        ) as users_up_to
    from {{ ref("int_users") }}
    group by {{ value }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

-- users with equal values share their mean rank
ranked as (
    select
        counted.*,
        cast(
            counted.user_count * (counted.users_up_to - counted.user_count)
            + counted.user_count * (counted.user_count + 1) / 2
            as decimal(19, 0)
        ) as ranks,
        cast(
            floor(100.0 * counted.users_up_to / all_users.all_users) as bigint
        ) as percent
    from counted
    cross join all_users
),

summed as (
    select
        metric,
        percent,
        min(value) as smallest_value,
        max(value) as largest_value,
        min(users_up_to - user_count) as users_below,
        sum(user_count) as user_count,
        sum(
            cast(value as decimal(19, 0)) * cast(user_count as decimal(19, 0))
        ) as total,
        cast(
            sum(cast(value as decimal(19, 0)) * ranks) as double
        ) as rank_total
    from ranked
    group by metric, percent
),

steps as (
    select
        metric,
        percent,
        cast(smallest_value as bigint) as smallest_value,
        cast(largest_value as bigint) as largest_value,
        cast(users_below as bigint) as users_below,
        cast(
            (sum(total) over up_to_here) - total as bigint
        ) as total_below,
        cast(user_count as bigint) as user_count,
        cast(sum(total) over up_to_here as bigint) as total_up_to,
        rank_total
    from summed
    window
        up_to_here as (
            partition by metric order by percent asc nulls last
            rows between unbounded preceding and current row
        )
)

select * from steps
order by metric asc nulls last, percent asc nulls last
