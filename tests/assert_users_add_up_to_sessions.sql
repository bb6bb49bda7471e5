-- Else sessions, duration or traffic are lost or counted twice among users.
with sessions as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(dl_bytes), 0) as dl_bytes,
        coalesce(sum(ul_bytes), 0) as ul_bytes
    from {{ ref("int_day_totals") }}
    where {{ in_period("session_date") }}
),

users as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(dl_bytes), 0) as dl_bytes,
        coalesce(sum(ul_bytes), 0) as ul_bytes
    from {{ ref("user_engagement") }}
)

select * from sessions
except
select * from users
