{{ config(materialized="table") }}

with records as (
    select * from {{ ref("int_records_checked") }}
),

-- sums made on another way than the users' are what those are tested against
file_days as (
    select
        source_file,
        file_version,
        loaded_at,
        session_date,
        rejection_reason,
        {% for column in summed_columns() %}
        cast(coalesce(sum(
            case when rejection_reason is null then {{ column }} end
        ), 0) as bigint) as {{ column }},
        {% endfor %}
        count(*) as record_count
    from records
    group by
        source_file, file_version, loaded_at, session_date, rejection_reason
)

select * from file_days
