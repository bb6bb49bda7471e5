{% macro due_layouts() -%}
    {% set mapped = xdr_mapping() | map(attribute="column") | unique | list %}
    {% set layouts = [] %}
    {% if is_building() and target.type == "duckdb" %}
        {% set plan = load_plan() %}
        {% set due = ask("count_records", [tojson(plan.new)]) %}
        {% do run_query(list_files(due, plan.leaving)) %}
        {% do layouts.extend(ask("layouts_of", [tojson(due), tojson(mapped)])) %}
    {% endif %}
    {{ return(layouts or [nothing_to_read(mapped)]) }}
{%- endmacro %}

{% macro nothing_to_read(mapped) -%}
    {% set columns = [] %}
    {% for name in mapped + ["source_file"] %}
        {% do columns.append("cast(null as varchar) as " ~ quote_name(name)) %}
    {% endfor %}
    {% set query = "select " ~ columns | join(", ") ~ " where false" %}
    {{ return({"relation": "(" ~ query ~ ") as nothing", "types": {}}) }}
{%- endmacro %}

{% macro list_files(due, leaving) -%}
    {% set known = source("state", "files_loaded") %}
    {% set names = due | map(attribute="source_file") | list + leaving %}
    create or replace table {{ source("state", "files_of_build") }} as
    select
        unnest(
            from_json({{ quote_text(tojson(due)) }}, '[{
                "source_file": "VARCHAR", "file_version": "VARCHAR",
                "file_bytes": "BIGINT", "modified_at": "TIMESTAMP",
                "record_count": "BIGINT", "is_well_quoted": "BOOLEAN"
            }]'),
            recursive := true
        ),
        true as is_due
    {% if has_records() %}
    union all
    select
        *,
        false as is_due
    from {{ known }}
    where source_file not in {{ quote_tuple(names) }}
    {% endif %}
{%- endmacro %}

{% macro due_files() -%}
    (from {{ source("state", "files_of_build") }} where is_due)
{%- endmacro %}
