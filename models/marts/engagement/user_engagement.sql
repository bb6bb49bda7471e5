with users as (
    select * from {{ ref("int_users") }}
),

engagement as (
    select
        user_id,
        session_count,
        duration_ms,
        dl_bytes,
        ul_bytes,
        dl_bytes + ul_bytes as total_bytes,
        active_days,
        first_session_at,
        last_session_at
    from users
)

select * from engagement
