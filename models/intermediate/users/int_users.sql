{{ config(materialized="table") }}

with user_days as (
    select * from {{ ref("int_user_days") }}
),

users as (
    select
        user_id,
        {% for column in ["session_count"] + summed_columns() %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(dl_bytes + ul_bytes) as bigint) as total_bytes,
        count(*) as active_days,
        min(first_session_at) as first_session_at,
        max(last_session_at) as last_session_at
    from user_days
    group by user_id
)

-- sorted, so that builds are reproducible and a user is found fast
select * from users
order by user_id asc nulls last
