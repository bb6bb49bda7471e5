select
    hour_at,
    sum(total_bytes) as total_bytes,
    sum(total_bytes) * 8 / 3600 / 1e6 as mbit_per_second,
    sum(concurrent_sessions) as concurrent_sessions
from marts.hourly_traffic
group by hour_started_at, hour_at
order by total_bytes desc, concurrent_sessions desc, hour_started_at asc
limit 10
