with top as (
    select max(cluster_id) as cluster_id
    from marts.cluster_centroids
)

select
    experience.user_id,
    clusters.total_bytes,
    experience.measured_count,
    experience.poor_share,
    experience.rtt_ms,
    experience.throughput_kbps,
    users.device
from marts.user_experience as experience
inner join marts.user_clusters as clusters
    on experience.user_id = clusters.user_id
inner join top on clusters.cluster_id = top.cluster_id
inner join marts.user_engagement as users
    on experience.user_id = users.user_id
where experience.experience_class = 'poor'
order by clusters.total_bytes desc, experience.user_id asc
