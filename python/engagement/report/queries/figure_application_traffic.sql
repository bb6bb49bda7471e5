select
    display_name,
    dl_bytes,
    ul_bytes,
    total_bytes,
    traffic_share
from named_applications
order by application_rank
