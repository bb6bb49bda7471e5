{{ config(materialized="view") }}

{% set columns = record_fields() + [
    "session_date", "source_file", "file_version", "loaded_at",
    "raw_user_id", "raw_started_at", "raw_ended_at",
] %}

with repeated as (
    select * from {{ ref("int_records_repeated") }}
),

loaded as (
    select
        *,
        -- none for what is refused: no join takes it away
        case when rejection_reason is null then {{ record_key() }} end
            as record_key
    from {{ ref("int_records_loaded") }}
),

others as (
    select
        loaded.{{ columns | join(",\n        loaded.") }},
        loaded.rejection_reason,
        loaded.rejection_detail
    from loaded
    anti join repeated on loaded.record_key = repeated.record_key
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
