{{ config(materialized="view") }}

with most_engaged as (
    select max(cluster_id) as cluster_id
    from {{ ref("cluster_centroids") }}
),

highly_engaged_users as (
    select user_clusters.user_id
    from {{ ref("user_clusters") }} as user_clusters
    inner join most_engaged
        on user_clusters.cluster_id = most_engaged.cluster_id
)

select * from highly_engaged_users
