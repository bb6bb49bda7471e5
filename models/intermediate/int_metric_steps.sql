{{ config(materialized="table") }}

{% set metrics = {
    "session_count": "session_count",
    "duration_ms": "duration_ms",
    "total_bytes": "dl_bytes + ul_bytes",
    "last_session_day": day_number("last_session_at"),
} %}

with values_of_users as (
    {% for metric, value in metrics.items() %}
    select
        '{{ metric }}' as metric,
        {{ value }} as value,
        count(*) as user_count
    from {{ ref("int_users") }}
    group by {{ value }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

counted as (
    select
        metric,
        value,
        user_count,
        sum(user_count) over up_to_here as users_up_to,
        sum(
            cast(value as decimal(19, 0)) * cast(user_count as decimal(19, 0))
        ) over up_to_here as total_up_to,
        sum(user_count) over (partition by metric) as all_users
    from values_of_users
    window
        up_to_here as (
            partition by metric order by value asc nulls last
            rows between unbounded preceding and current row
        )
),

-- users of one value share the middle of their ranks
ranked as (
    select
        *,
        cast(
            user_count * (users_up_to - user_count)
            + user_count * (user_count + 1) / 2 as decimal(19, 0)
        ) as ranks,
        cast(floor(100.0 * users_up_to / all_users) as bigint) as percent
    from counted
),

steps as (
    select
        metric,
        percent,
        cast(min(value) as bigint) as smallest_value,
        cast(max(value) as bigint) as largest_value,
        cast(min(users_up_to - user_count) as bigint) as users_below,
        cast(min(
            total_up_to
            - cast(value as decimal(19, 0)) * cast(user_count as decimal(19, 0))
        ) as bigint) as total_below,
        cast(sum(user_count) as bigint) as user_count,
        cast(max(total_up_to) as bigint) as total_up_to,
        cast(
            sum(cast(value as decimal(19, 0)) * ranks) as double
        ) as rank_total
    from ranked
    group by metric, percent
)

select * from steps
order by metric asc nulls last, percent asc nulls last
