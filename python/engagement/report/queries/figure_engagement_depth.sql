select
    recency_quintile,
    frequency_quintile,
    count(*) as user_count,
    avg(total_bytes) as total_bytes,
    min(days_since_last_session) as least_days,
    max(days_since_last_session) as most_days,
    min(session_count) as least_sessions,
    max(session_count) as most_sessions
from marts.user_engagement
group by recency_quintile, frequency_quintile
order by all
