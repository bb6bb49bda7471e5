select
    location_rank as rank,
    location,
    user_count,
    highly_engaged_user_count,
    session_count,
    duration_ms,
    total_bytes,
    traffic_share
from marts.location_traffic
where location_rank <= 100
order by location_rank
