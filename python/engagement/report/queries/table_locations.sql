select
    row_number() over (
        order by total_bytes desc, user_count desc, location asc
    ) as rank,
    location,
    user_count,
    highly_engaged_user_count,
    session_count,
    duration_ms,
    total_bytes,
    traffic_share
from marts.location_traffic
order by rank
limit 100
