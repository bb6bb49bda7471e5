{{ config(alias="daily_engagement") }}

{% set counts = ["active_users", "new_users", "returning_users",
    "session_count", "active_users_7d", "active_users_30d"] %}
{% set sums = ["duration_ms", "dl_bytes", "ul_bytes", "total_bytes"] %}

-- The new users of a week are its cohort, and all but the returning ones: of
-- each count the others say what it can be.
with rounded as (
    select
        session_date,
        {% for count in counts %}
        {{ rounded_down(count) }} as {{ count }},
        {% endfor %}
        {% for figure in sums %}
        case when not {{ is_few("active_users") }} then {{ figure }} end
            as {{ figure }},
        {% endfor %}
        stickiness is not null as is_filled,
        {{ is_few(counts) }} as is_withheld
    from {{ ref("daily_engagement") }}
),

daily_engagement as (
    select
        session_date,
        active_users,
        new_users,
        returning_users,
        session_count,
        duration_ms,
        dl_bytes,
        ul_bytes,
        total_bytes,
        active_users_7d,
        active_users_30d,
        case
            when is_filled
                then cast(active_users as double) / active_users_30d
        end as stickiness,
        is_withheld
    from rounded
)

select * from daily_engagement
order by session_date asc nulls last
