-- the metrics in which users differ, or else all, but none that is 0 for all
with ranges as (
    select
        metric,
        max(max_value) > 0 as is_used,
        min(min_value) < max(max_value) as varies
    from marts.cluster_summary
    group by metric
),

telling as (
    select
        metric,
        is_used,
        varies or not bool_or(varies) over () as is_telling
    from ranges
)

select metrics.*
from marts.engagement_metrics as metrics
inner join telling on metrics.metric = telling.metric
where telling.is_used and telling.is_telling
