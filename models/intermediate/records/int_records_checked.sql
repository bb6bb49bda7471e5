{{ config(materialized="view") }}

{% set columns = record_columns() %}

with repeated as (
    select
        *,
        {{ record_key() }} as record_key
    from {{ ref("int_records_repeated") }}
    where copy_number is not null
),

accepted as (
    select
        *,
        {{ record_key() }} as record_key
    from {{ ref("stg_xdr__records") }}
    where rejection_reason is null
),

checked as (
    select
        {{ columns | join(",\n        ") }},
        rejection_reason,
        rejection_detail
    from {{ ref("int_records_rejected") }}
    union all
    select
        accepted.{{ columns | join(",\n        accepted.") }},
        null as rejection_reason,
        null as rejection_detail
    from accepted
    anti join repeated on accepted.record_key = repeated.record_key
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
