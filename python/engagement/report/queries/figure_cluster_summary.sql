select
    cluster_summary.cluster_id,
    cluster_summary.cluster_name,
    cluster_summary.user_count,
    metrics.metric,
    metrics.label,
    metrics.unit,
    cluster_summary.min_value,
    cluster_summary.mean_value,
    cluster_summary.max_value,
    cluster_summary.total_value
from marts.cluster_summary
inner join shown_metrics as metrics
    on cluster_summary.metric = metrics.metric
order by cluster_summary.cluster_id, metrics.metric_rank
