{{ config(materialized="view") }}

{% set columns = record_columns() %}

with lines as (
    select * from {{ ref("int_record_lines") }}
),

accepted as (
    select
        *,
        {{ session_hash() }} as session_hash,
        {{ record_key() }} as record_key
    from {{ ref("stg_xdr__records") }}
    where rejection_reason is null
),

rejected as (
    select
        rejected.{{ columns | join(",\n        rejected.") }},
        rejected.rejection_reason,
        rejected.rejection_detail,
        coalesce(rejected.line_number, lines.line_number) as line_number
    from {{ ref("int_records_rejected") }} as rejected
    left join lines
        on
            rejected.source_file = lines.source_file
            and rejected.record_number = lines.record_number
),

repeated as (
    select
        repeated.{{ columns | join(",\n        repeated.") }},
        {{ session_hash() }} as session_hash,
        {{ record_key() }} as record_key,
        case when repeated.copy_number > 1 then 'duplicate_record' end
            as rejection_reason,
        case
            when repeated.copy_number > 1
                then concat(
                    'first in ', repeated.first_file,
                    coalesce(', line ' || first_lines.line_number, '')
                )
        end as rejection_detail,
        lines.line_number
    from {{ ref("int_records_repeated") }} as repeated
    left join lines
        on
            repeated.source_file = lines.source_file
            and repeated.record_number = lines.record_number
    left join lines as first_lines
        on
            repeated.first_file = first_lines.source_file
            and repeated.first_record_number = first_lines.record_number
    where repeated.copy_number is not null
),

checked as (
    select
        {{ columns | join(",\n        ") }},
        rejection_reason,
        rejection_detail,
        line_number
    from rejected
    union all
    select
        {{ columns | join(",\n        ") }},
        rejection_reason,
        rejection_detail,
        line_number
    from repeated
    union all
    select
        accepted.{{ columns | join(",\n        accepted.") }},
        null as rejection_reason,
        null as rejection_detail,
        null as line_number
    from accepted
    anti join repeated
        on
            accepted.session_hash = repeated.session_hash
            and accepted.record_key = repeated.record_key
)

select * from checked
