-- depends_on: {{ ref("stg_xdr__files") }}
{% set current = {
    "current_in": "stg_xdr__files",
    "keys": ["source_file", "file_version"],
    "gather": true,
} %}
{{ config(materialized="incremental", meta=current) }}

-- few among many: apart, they are found without a look at all that was loaded
with rejected as (
    select
        {{ record_columns() | join(",\n        ") }},
        rejection_reason,
        rejection_detail
    from {{ ref("int_records_loaded") }}
    where rejection_reason is not null
)

select * from rejected
{% if is_incremental() %}
where
    source_file in (
        select pending.source_file from ({{ pending(current) }}) as pending
    )
{% endif %}
