-- depends_on: {{ ref("stg_xdr__files") }}
{% set current = {
    "current_in": "stg_xdr__files",
    "keys": ["source_file", "file_version"],
    "gather": true,
} %}
{{ config(materialized="incremental", meta=current) }}

with file_days as (
    select
        source_file,
        file_version,
        loaded_at,
        session_date,
        rejection_reason,
        {% for column in summed_columns() %}
        cast(coalesce(sum(
            case when rejection_reason is null then {{ column }} end
        ), 0) as bigint) as {{ column }},
        {% endfor %}
        count(*) as record_count
    from {{ ref("int_records_loaded") }}
    {% if is_incremental() %}
    where
        source_file in (
            select pending.source_file from ({{ pending(current) }}) as pending
        )
    {% endif %}
    group by
        source_file, file_version, loaded_at, session_date, rejection_reason
)

select * from file_days
