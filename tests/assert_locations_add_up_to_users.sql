-- Else a session belongs to no location or to two.
with locations as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("location_traffic") }}
),

users as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("user_engagement") }}
)

select * from locations
except
select * from users
