-- Else a session is of no device or of two, or a user has none.
with devices as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("device_usage") }}
),

users as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("user_engagement") }}
)

select * from devices
except
select * from users
