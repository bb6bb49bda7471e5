{{ config(materialized="table") }}

with records as (
    select * from {{ ref("int_records_checked") }}
),

file_days as (
    select
        source_file,
        file_version,
        loaded_at,
        session_date,
        rejection_reason,
        count(*) as record_count
    from records
    group by all
)

select * from file_days
