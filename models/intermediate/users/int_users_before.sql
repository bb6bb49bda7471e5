{{ config(materialized="table") }}

with user_days as (
    select * from {{ ref("int_user_days") }}
    where {{ in_period("session_date", "previous_") }}
),

users as (
    select
        user_id,
        {% for column in session_totals() %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(dl_bytes + ul_bytes) as bigint) as total_bytes,
        count(*) as active_days
    from user_days
    group by user_id
)

select * from users
order by user_id asc nulls last
