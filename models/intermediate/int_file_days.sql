{{ config(materialized="table") }}

with copies as (
    select
        source_file,
        file_version,
        loaded_at,
        session_date,
        {% for column in summed_columns() %}
        coalesce(sum({{ column }}), 0) as {{ column }},
        {% endfor %}
        count(*) as record_count
    from {{ ref("int_records_repeated") }}
    where copy_number > 1
    group by source_file, file_version, loaded_at, session_date
),

-- what is a copy is taken off the accepted records, and refused
counted as (
    select * from {{ ref("int_file_days_loaded") }}
    {% for sign, reason in [("-", "null"), ("0 * ", "'duplicate_record'")] %}
    union all
    select
        source_file,
        file_version,
        loaded_at,
        session_date,
        {{ reason }} as rejection_reason,
        {% for column in summed_columns() %}
        {{ sign }}{{ column }} as {{ column }},
        {% endfor %}
        {{ "-" if reason == "null" }}record_count as record_count
    from copies
    {% endfor %}
),

file_days as (
    select
        source_file,
        file_version,
        loaded_at,
        session_date,
        rejection_reason,
        {% for column in summed_columns() + ["record_count"] %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
    from counted
    group by
        source_file, file_version, loaded_at, session_date, rejection_reason
)

select * from file_days
where record_count > 0
