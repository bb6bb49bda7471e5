with users as (
    select count(*) as user_total
    from marts.user_clusters
)

select
    moves.movement,
    moves.from_cluster_id,
    moves.from_cluster_name,
    moves.to_cluster_id,
    moves.to_cluster_name,
    count(*) as user_count,
    users.user_total
from marts.cluster_migration as moves
cross join users
group by all
order by all
