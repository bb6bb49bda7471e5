{{ config(materialized="table") }}

with copies as (
    select * from {{ ref("int_records_repeated") }}
    where copy_number > 1
),

-- each copy is taken off the accepted records and counted as rejected
counted as (
    select
        source_file,
        loaded_at,
        session_date,
        rejection_reason,
        {% for column in summed_columns() %}
        {{ column }},
        {% endfor %}
        record_count
    from {{ ref("int_file_days_loaded") }}
    union all
    select
        source_file,
        loaded_at,
        session_date,
        null as rejection_reason,
        {% for column in summed_columns() %}
        -{{ column }} as {{ column }},
        {% endfor %}
        -1 as record_count
    from copies
    union all
    select
        source_file,
        loaded_at,
        session_date,
        'duplicate_record' as rejection_reason,
        {% for column in summed_columns() %}
        0 as {{ column }},
        {% endfor %}
        1 as record_count
    from copies
),

file_days as (
    select
        source_file,
        loaded_at,
        session_date,
        rejection_reason,
        {% for column in summed_columns() %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(record_count) as bigint) as record_count
    from counted
    group by source_file, loaded_at, session_date, rejection_reason
)

select * from file_days
where record_count > 0
