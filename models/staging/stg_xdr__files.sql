{{ config(materialized="table") }}

{% set plan = load_plan() if execute else {"new": [], "leaving": []} %}
{% set built = built_relation("staging", "stg_xdr__files") if execute %}
{% set new_files = plan.new | map(attribute="file") | list %}

with files as (
    {% if plan.new %}
    select
        delivered.*,
        coalesce(counted.record_count, 0) as record_count,
        coalesce(counted.is_well_quoted, true) as is_well_quoted
    from (
        {% for export in plan.new %}
        select
            {{ quote_text(export.file) }} as source_file,
            {{ quote_text(export.version) }} as file_version,
            cast({{ export.bytes }} as bigint) as file_bytes,
            cast('{{ export.modified_at }}' as timestamp) as modified_at
        {{ "union all" if not loop.last }}
        {% endfor %}
    ) as delivered
    left join ({{ count_records(new_files) }}) as counted
        on delivered.source_file = counted.source_file
    {% endif %}
    {{ "union all" if plan.new and built }}
    {% if built %}
    select *
    from {{ built }}
    where not source_file in {{ quote_tuple(plan.leaving + new_files) }}
    {% endif %}
)

select * from files
