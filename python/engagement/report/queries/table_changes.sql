-- users first, then the metrics, then applications
select
    coalesce(
        metrics.label,
        applications.display_name,
        changes.application,
        case changes.measure
            when 'user_count' then 'users'
            else replace(changes.measure, '_', ' ')
        end
    ) as measure,
    case
        when changes.application is null then coalesce(metrics.unit, 'count')
        else 'bytes'
    end as unit,
    changes.value,
    changes.previous_value,
    changes.change as change_value,
    changes.change_share
from marts.engagement_changes as changes
left join marts.engagement_metrics as metrics
    on changes.measure = metrics.metric and changes.application is null
left join staging.applications as applications
    on changes.application = applications.application
where
    metrics.metric is null and changes.application is null
    or changes.value > 0
    or changes.previous_value > 0
order by
    changes.application is not null asc,
    changes.measure not in ('user_count', 'new_users', 'gone_users') asc,
    metrics.metric_rank asc,
    changes.value desc,
    changes.application asc
