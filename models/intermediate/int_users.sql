{{ config(materialized="table") }}

with user_days as (
    select * from {{ ref("int_user_days") }}
),

users as (
    select
        user_id,
        {% for column in ["session_count", "duration_ms", "dl_bytes", "ul_bytes"]
            + application_columns() %}
        cast(coalesce(sum({{ column }}), 0) as bigint) as {{ column }},
        {% endfor %}
        count(*) as active_days,
        min(first_session_at) as first_session_at,
        max(last_session_at) as last_session_at
    from user_days
    group by user_id
)

select * from users
