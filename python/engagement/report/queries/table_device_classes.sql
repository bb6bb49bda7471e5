select
    classes.device_class,
    cast(sum(classes.user_count) as bigint) as user_count,
    cast(coalesce(sum(classes.user_count) filter (
        classes.cluster_id = most_engaged.cluster_id
    ), 0) as bigint) as highly_engaged_user_count,
    cast(sum(classes.session_count) as bigint) as session_count,
    cast(sum(classes.duration_ms) as bigint) as duration_ms,
    cast(sum(classes.total_bytes) as bigint) as total_bytes,
    sum(classes.total_bytes)
    / nullif(sum(sum(classes.total_bytes)) over (), 0) as traffic_share
from marts.cluster_device_classes as classes
cross join most_engaged
group by classes.device_class
order by sum(classes.total_bytes) desc, classes.device_class asc
