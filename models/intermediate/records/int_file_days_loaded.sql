-- depends_on: {{ source("state", "files_loaded") }}
{% set current = {
    "current_in": "files_loaded",
    "keys": ["source_file", "loaded_at"],
} %}
{{ config(materialized="incremental", meta=current) }}

with file_days as (
    select
        source_file,
        loaded_at,
        session_date,
        rejection_reason,
        {% for column in summed_columns() %}
        cast(coalesce(sum(
            case when rejection_reason is null then {{ column }} end
        ), 0) as bigint) as {{ column }},
        {% endfor %}
        count(*) as record_count,
        count(case when is_mangled then 1 end) as mangled_count
    from {{ ref("stg_xdr__records") }}
    {{ only_pending("source_file", current) }}
    group by source_file, loaded_at, session_date, rejection_reason
)

select * from file_days
