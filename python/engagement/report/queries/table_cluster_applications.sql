select
    clusters.cluster_name,
    named_applications.display_name as application,
    clusters.total_bytes,
    clusters.bytes_per_user,
    clusters.traffic_share as cluster_share,
    clusters.traffic_index
from marts.cluster_applications as clusters
inner join named_applications
    on clusters.application = named_applications.application
order by clusters.cluster_id, named_applications.application_rank
