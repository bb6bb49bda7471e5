select
    case metrics.unit when 'ms' then 'Longest ' else 'Most ' end
    || metrics.label as part,
    top_users.user_rank as rank,
    top_users.user_id,
    users.session_count,
    users.duration_ms,
    users.total_bytes,
    users.active_days,
    clusters.cluster_name
from marts.top_users
inner join shown_metrics as metrics
    on top_users.metric = metrics.metric
inner join marts.user_engagement as users
    on top_users.user_id = users.user_id
left join marts.user_clusters as clusters
    on top_users.user_id = clusters.user_id
order by metrics.metric_rank, top_users.user_rank
