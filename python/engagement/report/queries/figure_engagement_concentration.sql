select
    metrics.metric,
    metrics.label,
    curve.user_share,
    curve.value_share,
    concentration.user_count,
    concentration.total_value,
    concentration.gini_coefficient,
    concentration.top_1_percent_share,
    concentration.top_5_percent_share,
    concentration.top_10_percent_share,
    concentration.top_20_percent_share,
    concentration.top_50_percent_share
from marts.lorenz_curve as curve
inner join marts.engagement_concentration as concentration
    on curve.metric = concentration.metric
inner join shown_metrics as metrics
    on curve.metric = metrics.metric
order by metrics.metric_rank, curve.user_share
