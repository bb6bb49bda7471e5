select
    metrics.metric,
    metrics.label,
    metrics.unit,
    top_users.user_rank,
    top_users.user_id,
    top_users.value
from marts.top_users
inner join marts.engagement_metrics as metrics
    on top_users.metric = metrics.metric
order by metrics.metric_rank, top_users.user_rank
