-- Else sessions, traffic or active days of a user are lost or counted twice.
with days as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes,
        coalesce(sum(active_users), 0) as active_days
    from {{ ref("daily_engagement") }}
    where {{ in_period("session_date") }}
),

users as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes,
        coalesce(sum(active_days), 0) as active_days
    from {{ ref("user_engagement") }}
)

select * from days
except
select * from users
