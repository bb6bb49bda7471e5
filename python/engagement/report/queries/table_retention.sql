select
    cohort_week as first_week,
    weeks_later,
    user_count,
    active_users,
    retention_share
from marts.weekly_retention
order by cohort_week, weeks_later
