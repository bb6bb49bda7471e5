{{ config(materialized="view") }}

with records as (
    select * from {{ ref("int_records_checked") }}
),

sessions as (
    select
        {{ record_fields() | join(",\n        ") }},
        {{ (label_columns() + measured_columns()) | join(",\n        ") }},
        session_date
    from records
    where rejection_reason is null
)

select * from sessions
