{{ config(materialized="table") }}

{% set session = "user_id, session_id, " ~ session_hash() %}

with records as (
    select
        *,
        row_number() over (
            partition by {{ session }}
            order by
                ended_at desc nulls last, started_at desc nulls last,
                location asc nulls last, application asc nulls last,
                dl_bytes asc nulls last, ul_bytes asc nulls last
        ) = 1 as is_last,
        min(started_at) over (partition by {{ session }}) as session_started_at,
        max(ended_at) over (partition by {{ session }}) as session_ended_at,
        max(session_date) over (partition by {{ session }}) as last_date,
        max(duration_ms) over (partition by {{ session }}) as longest_ms
    from {{ ref("int_sessions") }}
    where {{ is_mapped("session_id") | lower }}
),

-- the last record of a session counts it, with the duration of the longest
session_records as (
    select
        user_id,
        last_date as session_date,
        session_started_at as started_at,
        session_ended_at as ended_at,
        location,
        case when is_last then longest_ms else 0 end as duration_ms,
        {% for column in summed_columns() if column != "duration_ms" %}
        {{ column }},
        {% endfor %}
        cast(case when is_last then 1 else 0 end as bigint) as session_count
    from records
)

select * from session_records
