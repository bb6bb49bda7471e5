select
    cohort_week,
    weeks_later,
    user_count,
    active_users,
    retention_share,
    is_complete
from marts.weekly_retention
order by cohort_week, weeks_later
