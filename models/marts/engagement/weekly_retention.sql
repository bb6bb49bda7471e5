with active_days as (
    select
        *,
        cast({{ dbt.date_trunc("week", "session_date") }} as date)
            as session_week
    from {{ ref("int_active_days") }}
),

newest as (
    select max(session_date) as newest_day from active_days
),

cohorts as (
    select
        cohort_week,
        sum(case when is_first_day then user_count else 0 end) as user_count
    from active_days
    group by cohort_week
),

weeks as (
    {{ time_spine(
        "min(cohort_week)", "max(session_week)", "week", "week_at", "active_days"
    ) }}
),

-- weeks in which nobody came back count as well
cohort_weeks as (
    select
        cohorts.cohort_week,
        cohorts.user_count,
        cast(weeks.week_at as date) as session_week
    from cohorts
    inner join weeks on cohorts.cohort_week <= cast(weeks.week_at as date)
),

active_weeks as (
    select
        cohort_week,
        session_week,
        sum(case when is_first_day_of_week then user_count else 0 end)
            as active_users
    from active_days
    group by cohort_week, session_week
),

weekly_retention as (
    select
        cohort_weeks.cohort_week,
        cast({{ dbt.datediff(
            "cohort_weeks.cohort_week", "cohort_weeks.session_week", "day"
        ) }} / 7 as bigint) as weeks_later,
        cast(cohort_weeks.user_count as bigint) as user_count,
        cast(coalesce(active_weeks.active_users, 0) as bigint) as active_users,
        cast(coalesce(active_weeks.active_users, 0) as double)
        / cohort_weeks.user_count as retention_share,
        {{ dbt.datediff(
            "cohort_weeks.session_week", "newest.newest_day", "day"
        ) }} >= 6 as is_complete
    from cohort_weeks
    cross join newest
    left join active_weeks
        on
            cohort_weeks.cohort_week = active_weeks.cohort_week
            and cohort_weeks.session_week = active_weeks.session_week
)

select * from weekly_retention
order by cohort_week asc nulls last, weeks_later asc nulls last
