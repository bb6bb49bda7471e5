with active_days as (
    select * from {{ ref("int_active_days") }}
),

weeks as (
    select
        cohort_week,
        {{ dbt.datediff(
            "cohort_week", dbt.date_trunc("week", "session_date"), "week"
        ) }} as weeks_later,
        sum(case when is_first_day_of_week then user_count else 0 end)
            as active_users
    from active_days
    group by
        cohort_week,
        {{ dbt.datediff(
            "cohort_week", dbt.date_trunc("week", "session_date"), "week"
        ) }}
),

cohorts as (
    select
        cohort_week,
        sum(case when is_first_day then user_count else 0 end) as user_count
    from active_days
    group by cohort_week
),

weekly_retention as (
    select
        weeks.cohort_week,
        cast(weeks.weeks_later as bigint) as weeks_later,
        cast(cohorts.user_count as bigint) as user_count,
        cast(weeks.active_users as bigint) as active_users,
        cast(weeks.active_users as double) / cohorts.user_count
            as retention_share
    from weeks
    inner join cohorts on weeks.cohort_week = cohorts.cohort_week
)

select * from weekly_retention
order by cohort_week asc nulls last, weeks_later asc nulls last
