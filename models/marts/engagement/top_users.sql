{{ config(materialized="view") }}

with users as (
    select
        user_id,
        session_count,
        duration_ms,
        total_bytes
    from {{ ref("user_engagement") }}
),

values_of_users as (
    select
        user_id,
        metric,
        value
    from users
    unpivot (value for metric in (session_count, duration_ms, total_bytes))
),

ranked as (
    select
        metric,
        row_number() over (
            partition by metric
            order by value desc nulls last, user_id asc nulls last
        ) as user_rank,
        user_id,
        value
    from values_of_users
),

top_users as (
    select * from ranked
    where user_rank <= {{ var("top_n") }}
)

select * from top_users
