with values_of_users as (
    select
        cluster_id,
        cluster_name,
        metric,
        value
    from {{ ref("user_clusters") }}
    unpivot (
        value for metric in ({{ metric_names() | join(", ") }})
    )
),

cluster_summary as (
    select
        cluster_id,
        cluster_name,
        metric,
        count(*) as user_count,
        min(value) as min_value,
        max(value) as max_value,
        cast(sum(value) as double) / count(*) as mean_value,
        cast(sum(value) as bigint) as total_value
    from values_of_users
    group by cluster_id, cluster_name, metric
)

select * from cluster_summary
order by cluster_id asc nulls last, metric asc nulls last
