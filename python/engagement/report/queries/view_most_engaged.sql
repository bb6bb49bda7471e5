-- the cluster of the highly engaged, also if nobody is in it now
select max(cluster_id) as cluster_id
from marts.cluster_centroids
