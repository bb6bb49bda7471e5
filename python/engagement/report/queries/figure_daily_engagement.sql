select
    session_date,
    active_users,
    new_users,
    returning_users,
    total_bytes,
    stickiness
from marts.daily_engagement
order by session_date
