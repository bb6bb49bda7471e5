-- Else the model card describes other clusters than those in use.
with clusters as (
    select
        cast(sum(user_count) as bigint) as user_count,
        count(*) as cluster_count,
        max(fitted_at) as fitted_at,
        max(inertia) as inertia
    from {{ ref("cluster_centroids") }}
    having count(*) > 0
)

select
    clusters.*,
    cluster_model.verdict
from clusters
full outer join {{ ref("cluster_model") }} as cluster_model
    on
        clusters.user_count = cluster_model.user_count
        and clusters.cluster_count = cluster_model.cluster_count
        and clusters.fitted_at = cluster_model.fitted_at
        and clusters.inertia = cluster_model.inertia
where clusters.cluster_count is null or cluster_model.cluster_count is null
