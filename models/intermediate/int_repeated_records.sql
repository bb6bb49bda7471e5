{{ config(materialized="table") }}

with records as (
    select * from {{ ref("int_records_loaded") }}
    where rejection_reason is null
),

repeated as (
    select {{ record_key() }} as record_key
    from records
    group by record_key
    having count(*) > 1
)

select * from repeated
