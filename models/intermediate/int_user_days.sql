{{
    config(
        materialized="incremental",
        incremental_strategy="keep_current",
        on_schema_change="sync_all_columns",
        meta={
            "current_in": "int_days",
            "keys": ["session_date", "day_version"],
        },
    )
}}

{% set summed = ["duration_ms", "dl_bytes", "ul_bytes"]
    + application_columns() %}

with sessions as (
    select * from {{ ref("int_sessions") }}
),

days as (
    select * from {{ ref("int_days") }}
    {% if is_incremental() %}
    where
        (session_date, day_version) not in (
            select distinct (built.session_date, built.day_version)
            from {{ this }} as built
        )
    {% endif %}
),

user_days as (
    select
        sessions.user_id,
        sessions.session_date,
        days.day_version,
        count(*) as session_count,
        {% for column in summed %}
        cast(coalesce(sum(sessions.{{ column }}), 0) as bigint) as {{ column }},
        {% endfor %}
        min(sessions.started_at) as first_session_at,
        max(sessions.ended_at) as last_session_at
    from sessions
    inner join days on sessions.session_date = days.session_date
    group by sessions.user_id, sessions.session_date, days.day_version
)

select * from user_days
