{{ config(materialized="view") }}

{% set columns = record_fields() + [
    "session_date", "source_file", "file_version", "loaded_at",
    "raw_user_id", "raw_started_at", "raw_ended_at",
] %}

with repeated as (
    select * from {{ ref("int_repeated_records") }}
),

loaded as (
    select
        *,
        {{ record_key() }} as record_key
    from {{ ref("int_records_loaded") }}
),

others as (
    select
        {{ columns | join(",\n        ") }},
        rejection_reason,
        rejection_detail
    from loaded
    where
        rejection_reason is not null
        or not exists (
            select 1 from repeated
            where repeated.record_key = loaded.record_key
        )
),

checked as (
    select * from others
    union all
    select
        {{ columns | join(",\n        ") }},
        case when copy_number > 1 then 'duplicate_record' end
            as rejection_reason,
        case when copy_number > 1 then concat('first in ', first_file) end
            as rejection_detail
    from repeated
)

select * from checked
