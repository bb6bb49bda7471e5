-- users are drawn by sessions and traffic, or by duration in place of one that
-- is not shown
with axes as (
    select
        case
            when bool_or(metric = 'session_count') then 'session_count'
            else 'duration_ms'
        end as x_metric,
        case
            when bool_or(metric = 'total_bytes') then 'total_bytes'
            else 'duration_ms'
        end as y_metric
    from shown_metrics
),

users as (
    select
        user_clusters.cluster_id,
        user_clusters.cluster_name,
        axes.*,
        case axes.x_metric
            when 'session_count' then user_clusters.session_count
            else user_clusters.duration_ms
        end as x_value,
        case axes.y_metric
            when 'total_bytes' then user_clusters.total_bytes
            else user_clusters.duration_ms
        end as y_value
    from marts.user_clusters
    inner join axes on axes.x_metric <> axes.y_metric
),

-- 20 steps a decade tell 1 to 12 sessions apart; however many users there are,
-- a few hundred rows come back
bins as (
    select
        cluster_id,
        cluster_name,
        x_metric,
        y_metric,
        count(*) as user_count,
        avg(x_value) as x_value,
        avg(y_value) as y_value
    from users
    group by
        cluster_id,
        cluster_name,
        x_metric,
        y_metric,
        case
            when x_value > 0 and x_metric = 'session_count'
                then round(20 * log10(x_value))
            when x_value > 0 then floor(8 * log10(x_value))
        end,
        case when y_value > 0 then floor(8 * log10(y_value)) end
)

select
    bins.*,
    x_metrics.label as x_label,
    x_metrics.unit as x_unit,
    y_metrics.label as y_label,
    y_metrics.unit as y_unit
from bins
inner join marts.engagement_metrics as x_metrics
    on bins.x_metric = x_metrics.metric
inner join marts.engagement_metrics as y_metrics
    on bins.y_metric = y_metrics.metric
order by all
