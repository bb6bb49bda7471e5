with days as (
    select max(session_date) as last_date
    from marts.daily_engagement
)

select
    weekly_retention.cohort_week,
    weekly_retention.weeks_later,
    weekly_retention.user_count,
    weekly_retention.active_users,
    weekly_retention.retention_share,
    days.last_date
from marts.weekly_retention
cross join days
order by weekly_retention.cohort_week, weekly_retention.weeks_later
