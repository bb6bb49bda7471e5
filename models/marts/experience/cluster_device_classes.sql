with cluster_device_classes as (
    select
        clusters.cluster_id,
        clusters.cluster_name,
        engagement.device_class,
        count(*) as user_count,
        {% for column in ["session_count", "duration_ms", "total_bytes"] %}
        cast(sum(engagement.{{ column }}) as bigint) as {{ column }},
        {% endfor %}
        {{ is_fixed("engagement.device_class") }} as is_fixed,
        cast(count(*) as double)
        / sum(count(*)) over (partition by clusters.cluster_id) as user_share
    from {{ ref("user_clusters") }} as clusters
    inner join {{ ref("user_engagement") }} as engagement
        on clusters.user_id = engagement.user_id
    group by
        clusters.cluster_id, clusters.cluster_name, engagement.device_class
)

select * from cluster_device_classes
order by cluster_id asc nulls last, device_class asc nulls last
