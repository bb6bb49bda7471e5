with top as (
    select max(cluster_id) as cluster_id
    from marts.cluster_centroids
)

select
    moved.user_id,
    moved.movement,
    moved.from_cluster_name,
    moved.to_cluster_name,
    moved.previous_session_count,
    moved.session_count,
    moved.previous_total_bytes,
    moved.total_bytes
from marts.cluster_migration as moved
cross join top
where
    moved.movement = 'down'
    or moved.movement = 'gone' and moved.from_cluster_id = top.cluster_id
order by moved.previous_total_bytes desc, moved.user_id asc
