{{ config(materialized="table") }}

{% set session = "user_id, session_id, session_hash" %}
{% set longest_ms = var("max_session_days") * 86400000 %}

with records as (
    select
        *,
        {{ session_hash() }} as session_hash
    from {{ ref("int_sessions") }}
    where {{ is_mapped("session_id") | lower }}
),

paused as (
    select
        *,
        {{ milliseconds_between(
            "lag(ended_at) over session_records", "started_at"
        ) }} as pause_ms
    from records
    window
        session_records as (partition by {{ session }} order by ended_at)
),

-- after a pause longer than any session, the id names another one
numbered as (
    select
        *,
        sum(case when pause_ms > {{ longest_ms }} then 1 else 0 end) over (
            partition by {{ session }} order by ended_at
        ) as use_number
    from paused
),

sessions as (
    select
        *,
        row_number() over (
            partition by {{ session }}, use_number
            order by
                ended_at desc nulls last, started_at desc nulls last,
                location asc nulls last, application asc nulls last,
                dl_bytes asc nulls last, ul_bytes asc nulls last
        ) = 1 as is_last,
        min(started_at) over whole as session_started_at,
        max(ended_at) over whole as session_ended_at,
        max(session_date) over whole as last_date,
        max(duration_ms) over whole as longest_ms
    from numbered
    window whole as (partition by {{ session }}, use_number)
),

-- the last record of a session counts it, with the duration of the longest
session_records as (
    select
        last_date as session_date,
        session_started_at as started_at,
        session_ended_at as ended_at,
        location,
        {{ (label_columns() + measured_columns()) | join(",\n        ") }},
        {{ session }},
        use_number,
        case when is_last then longest_ms else 0 end as duration_ms,
        {% for column in summed_columns() if column != "duration_ms" %}
        {{ column }},
        {% endfor %}
        cast(case when is_last then 1 else 0 end as bigint) as session_count
    from sessions
)

select * from session_records
