-- users first, then the metrics, then applications
select
    coalesce(
        metrics.label,
        case changes.measure
            when 'user_count' then 'users'
            else replace(replace(changes.measure, '_bytes', ''), '_', ' ')
        end
    ) as measure,
    case
        when changes.measure like '%\_bytes' escape '\' then 'bytes'
        else coalesce(metrics.unit, 'count')
    end as unit,
    changes.value,
    changes.previous_value,
    changes.change as change_value,
    changes.change_share
from marts.engagement_changes as changes
left join marts.engagement_metrics as metrics
    on changes.measure = metrics.metric
order by
    changes.measure not in ('user_count', 'new_users', 'gone_users'),
    metrics.metric_rank,
    changes.value desc,
    changes.measure
