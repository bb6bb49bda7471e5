with listed as (
    select
        *,
        '' as among
    from marts.top_users
    union all
    select
        *,
        ', without fixed devices' as among
    from marts.top_users_without_fixed_devices
)

select
    case metrics.unit when 'ms' then 'Longest ' else 'Most ' end
    || metrics.label || listed.among as part,
    listed.user_rank as rank,
    listed.user_id,
    users.session_count,
    users.duration_ms,
    users.total_bytes,
    users.active_days,
    users.device_class,
    clusters.cluster_name
from listed
inner join shown_metrics as metrics
    on listed.metric = metrics.metric
inner join marts.user_engagement as users
    on listed.user_id = users.user_id
left join marts.user_clusters as clusters
    on listed.user_id = clusters.user_id
order by listed.among, metrics.metric_rank, listed.user_rank
