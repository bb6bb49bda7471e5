{% set current = {
    "current_in": "int_days",
    "keys": ["session_date", "day_version"],
} %}
{{ config(materialized="incremental", meta=current) }}

with days as (
    {{ pending(current) }}
),

user_days as (
    select
        user_id,
        {% for column in session_totals() %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        session_date
    from {{ ref("int_signed_sessions") }}
    {% call due() %}
    where session_date in (select days.session_date from days)
    {% endcall %}
    group by user_id, session_date
),

-- joined last: with the version in its key, each group would be twice as wide
versioned as (
    select
        user_days.*,
        days.day_version
    from user_days
    inner join days on user_days.session_date = days.session_date
)

select * from versioned
