select
    named_applications.display_name,
    top_applications.total_bytes,
    top_applications.traffic_share
from marts.top_applications
inner join named_applications
    on top_applications.application = named_applications.application
order by top_applications.application_rank
