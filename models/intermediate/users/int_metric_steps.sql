{{ config(materialized="table") }}

with metric_values as (
    select * from {{ ref("int_metric_values") }}
    where metric <> 'last_session_day'
),

all_users as (
    select count(*) as user_count from {{ ref("int_users") }}
),

-- users with equal values share their mean rank
ranked as (
    select
        metric_values.*,
        cast(
            metric_values.user_count * metric_values.users_below
            + metric_values.user_count * (metric_values.user_count + 1) / 2
            as decimal(19, 0)
        ) as ranks,
        cast(floor(
            100.0 * (metric_values.users_below + metric_values.user_count)
            / all_users.user_count
        ) as bigint) as percent
    from metric_values
    cross join all_users
),

summed as (
    select
        metric,
        percent,
        min(value) as smallest_value,
        min(users_below) as users_below,
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
