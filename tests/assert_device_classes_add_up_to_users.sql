-- Else a user has no device class, or is in no cluster, or is counted twice.
with classes as (
    select
        coalesce(sum(user_count), 0) as user_count,
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("cluster_device_classes") }}
),

users as (
    select
        count(*) as user_count,
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("user_engagement") }}
)

select * from classes
except
select * from users
