with steps as (
    select * from {{ ref("int_metric_steps") }}
),

totals as (
    select
        metric,
        sum(user_count) as user_count,
        max(total_up_to) as total_value
    from steps
    group by metric
),

percents as (
    select {{ each_of(numbers_between(0, 100)) }} as percent
),

-- the step in which this percent of the users is reached
reached as (
    select
        steps.metric,
        percents.percent,
        min(steps.percent) as step_percent
    from steps
    inner join percents on steps.percent >= percents.percent
    group by steps.metric, percents.percent
),

lorenz_curve as (
    select
        reached.metric,
        cast(reached.percent as double) / 100 as user_share,
        case
            when totals.total_value = 0
                then cast(reached.percent as double) / 100
            -- sums above 2^53 are rounded, which could make a share exceed 1
            else least(1, (
                cast(steps.total_below as double)
                + cast(steps.smallest_value as double) * (
                    cast(totals.user_count * reached.percent as double) / 100
                    - steps.users_below
                )
            ) / totals.total_value)
        end as value_share
    from reached
    inner join steps
        on
            reached.metric = steps.metric
            and reached.step_percent = steps.percent
    inner join totals on reached.metric = totals.metric
)

select * from lorenz_curve
order by metric asc nulls last, user_share asc nulls last
