{{ config(materialized="view") }}

{% set columns = record_fields() + [
    "session_date", "source_file", "file_version", "loaded_at",
    "raw_user_id", "raw_started_at", "raw_ended_at",
] %}

with records as (
    select
        *,
        {{ record_key() }} as record_key
    from {{ ref("int_records_loaded") }}
),

repeated as (
    select * from {{ ref("int_repeated_records") }}
),

suspects as (
    select
        *,
        row_number() over same_record as copy_number,
        first_value(source_file) over same_record as first_file
    from records
    where
        rejection_reason is null
        and record_key in (select repeated.record_key from repeated)
    window
        same_record as (
            partition by {{ record_fields() | join(", ") }}
            order by file_version, source_file
        )
),

checked as (
    select
        {{ columns | join(",\n        ") }},
        rejection_reason,
        rejection_detail
    from records
    where
        rejection_reason is not null
        or record_key not in (select repeated.record_key from repeated)
    union all
    select
        {{ columns | join(",\n        ") }},
        case when copy_number > 1 then 'duplicate_record' end
            as rejection_reason,
        case when copy_number > 1 then concat('first in ', first_file) end
            as rejection_detail
    from suspects
)

select * from checked
