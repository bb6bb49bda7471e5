select
    application_rank as rank,
    display_name as application,
    category,
    user_count,
    dl_bytes,
    ul_bytes,
    total_bytes,
    traffic_share
from named_applications
order by application_rank
