{{ config(materialized="view") }}

{# Days of files suffice, unless sessions have several records. #}
{% set by_session = is_mapped("session_id") %}

with sessions as (
    {% if by_session %}
    select * from {{ ref("int_signed_sessions") }}
    {% else %}
    select
        *,
        record_count as session_count
    from {{ ref("int_file_days") }}
    where rejection_reason is null
    {% endif %}
),

day_totals as (
    select
        session_date,
        {% for column in session_totals() + application_columns() %}
        cast(coalesce(sum({{ column }}), 0) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(dl_bytes + ul_bytes) as bigint) as total_bytes
    from sessions
    group by session_date
)

select * from day_totals
