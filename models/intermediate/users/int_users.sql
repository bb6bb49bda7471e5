{{ config(materialized="table") }}

-- Summed straight from the sessions: days of users with the columns of all
-- applications would take five times as long to write as these sums.
with totals as (
    select
        user_id,
        {% for column in ["session_count"] + summed_columns() %}
        cast(coalesce(sum({{ column }}), 0) as bigint) as {{ column }},
        {% endfor %}
        min(started_at) as first_session_at,
        max(ended_at) as last_session_at
    from {{ ref("int_signed_sessions") }}
    where {{ in_period("session_date") }}
    group by user_id
),

active as (
    select
        user_id,
        count(*) as active_days
    from {{ ref("int_user_days") }}
    where {{ in_period("session_date") }}
    group by user_id
),

users as (
    select
        totals.*,
        totals.dl_bytes + totals.ul_bytes as total_bytes,
        active.active_days
    from totals
    inner join active on totals.user_id = active.user_id
)

-- sorted, so that builds are reproducible and a user is found fast
select * from users
order by user_id asc nulls last
