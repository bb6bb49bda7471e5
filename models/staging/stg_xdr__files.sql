{{ config(materialized="table") }}

{% set plan = load_plan() if execute else {"new": [], "leaving": []} %}
{% set built = loaded_files() if execute %}
{% set new_files = plan.new | map(attribute="file") | list %}

with
{% if plan.new %}
delivered as (
    {{ list_exports(plan.new) }}
),

counted as (
    {{ count_records(new_files) }}
),
{% endif %}

files as (
    {% if plan.new %}
    select
        delivered.source_file,
        delivered.file_version,
        delivered.file_bytes,
        delivered.modified_at,
        coalesce(counted.record_count, 0) as record_count,
        coalesce(counted.is_well_quoted, true) as is_well_quoted
    from delivered
    left join counted on delivered.source_file = counted.source_file
    {% endif %}
    {{ "union all" if plan.new and built }}
    {% if built %}
    select *
    from {{ built }}
    where not source_file in {{ quote_tuple(plan.leaving + new_files) }}
    {% endif %}
)

select * from files
