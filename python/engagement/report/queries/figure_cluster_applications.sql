select
    clusters.cluster_id,
    clusters.cluster_name,
    clusters.application,
    named_applications.display_name,
    clusters.traffic_index
from marts.cluster_applications as clusters
inner join named_applications
    on clusters.application = named_applications.application
order by named_applications.application_rank, clusters.cluster_id
