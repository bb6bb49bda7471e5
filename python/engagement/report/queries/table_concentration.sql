select
    metrics.label as metric,
    metrics.unit,
    concentration.total_value,
    concentration.top_1_percent_share,
    concentration.top_5_percent_share,
    concentration.top_10_percent_share,
    concentration.top_20_percent_share,
    concentration.top_50_percent_share,
    concentration.gini_coefficient
from marts.engagement_concentration as concentration
inner join shown_metrics as metrics
    on concentration.metric = metrics.metric
order by metrics.metric_rank
