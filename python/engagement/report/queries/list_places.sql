select
    priority_rank,
    location,
    verdict,
    user_count,
    highly_engaged_user_count,
    total_bytes,
    busy_hour_of_week,
    busy_mbit_per_second,
    measured_count,
    poor_share,
    poor_share_low,
    poor_share_high,
    expected_poor_share
from marts.location_priorities
order by priority_rank
