with users as (
    select * from {{ ref("int_scored_users") }}
    where period = 'now'
),

user_clusters as (
    select
        user_id,
        cluster_id,
        cluster_name,
        {{ metric_names() | join(",\n        ") }},
        engagement_score,
        distance_to_least_engaged
    from users
)

select * from user_clusters
order by user_id asc nulls last
