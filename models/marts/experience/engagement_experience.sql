{% set classes = experience_classes() %}

with clusters as (
    select
        cluster_id,
        cluster_name
    from {{ ref("cluster_centroids") }}
),

classes as (
    {% for class in classes %}
    select
        clusters.*,
        '{{ class }}' as experience_class
    from clusters
    {{ "union all" if not loop.last }}
    {% endfor %}
),

users as (
    select
        user_clusters.cluster_id,
        experience.experience_class,
        count(*) as user_count,
        cast(sum(user_clusters.total_bytes) as bigint) as total_bytes
    from {{ ref("user_clusters") }} as user_clusters
    inner join {{ ref("user_experience") }} as experience
        on user_clusters.user_id = experience.user_id
    group by user_clusters.cluster_id, experience.experience_class
),

engagement_experience as (
    select
        classes.cluster_id,
        classes.cluster_name,
        classes.experience_class,
        coalesce(users.user_count, 0) as user_count,
        coalesce(users.total_bytes, 0) as total_bytes,
        coalesce(
            cast(users.user_count as double)
            / sum(users.user_count) over (partition by classes.cluster_id), 0
        ) as user_share
    from classes
    left join users
        on
            classes.cluster_id = users.cluster_id
            and classes.experience_class = users.experience_class
)

select * from engagement_experience
order by cluster_id asc nulls last, experience_class asc nulls last
