with top as (
    select max(cluster_id) as cluster_id
    from marts.cluster_centroids
)

select
    users.user_id,
    users.session_count,
    users.duration_ms,
    users.total_bytes,
    users.device,
    users.device_class,
    experience.experience_class,
    clusters.engagement_score
from marts.user_clusters as clusters
inner join top on clusters.cluster_id = top.cluster_id
inner join marts.user_engagement as users
    on clusters.user_id = users.user_id
left join marts.user_experience as experience
    on clusters.user_id = experience.user_id
order by users.total_bytes desc, users.user_id asc
