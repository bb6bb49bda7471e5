{{ config(materialized="table") }}

with repeated_keys as (
    select {{ record_key() }} as record_key
    from {{ ref("int_records_loaded") }}
    where rejection_reason is null
    group by record_key
    having count(*) > 1
),

-- the second scan is cheap; a step for both would hold all records at once
suspects as (
    select
        *,
        {{ record_key() }} as record_key
    from {{ ref("int_records_loaded") }}
    where
        rejection_reason is null
        and {{ record_key() }} in (
            select repeated_keys.record_key from repeated_keys
        )
),

numbered as (
    select
        *,
        row_number() over same_record as copy_number,
        first_value(source_file) over same_record as first_file
    from suspects
    window
        same_record as (
            partition by {{ record_fields() | join(", ") }}
            order by file_version, source_file
        )
)

select * from numbered
