-- depends_on: {{ source("state", "files_loaded") }}
{% set current = {
    "current_in": "files_loaded",
    "keys": ["source_file", "loaded_at"],
} %}
{{ config(materialized="incremental", meta=current) }}

-- rejected records are few: kept apart, they are found without a full scan
with rejected as (
    select
        {{ record_columns() | join(",\n        ") }},
        record_number,
        line_number,
        rejection_reason,
        rejection_detail
    from {{ ref("stg_xdr__records_numbered") }}
    where rejection_reason is not null
)

select * from rejected
{{ only_pending("source_file", current) }}
