select
    location_rank as rank,
    location,
    gain,
    covered_users as covered_user_count,
    covered_bytes
from marts.allocation_curve
where location_rank <= 20
order by rank
