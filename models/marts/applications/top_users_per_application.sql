{{ config(materialized="view") }}

with traffic as (
    select * from {{ ref("user_application_traffic") }}
    where total_bytes > 0
),

ranked as (
    select
        application,
        row_number() over (
            partition by application
            order by total_bytes desc nulls last, user_id asc nulls last
        ) as user_rank,
        user_id,
        total_bytes
    from traffic
),

top_users as (
    select * from ranked
    where user_rank <= {{ var("top_n") }}
)

select * from top_users
