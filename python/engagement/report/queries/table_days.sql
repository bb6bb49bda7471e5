select
    session_date,
    active_users,
    new_users,
    returning_users,
    session_count,
    duration_ms,
    total_bytes,
    stickiness as dau_mau_share
from marts.daily_engagement
order by session_date desc
