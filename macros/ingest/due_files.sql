{% macro due_layouts() -%}
    {% set is_due = is_building() and target.type == "duckdb" %}
    {% set layouts = layouts_of(due_files(), xdr_mapping()) if is_due %}
    {{ return(layouts or [nothing_to_read(xdr_mapping())]) }}
{%- endmacro %}

{# The layouts of these files, as layouts_of in export/reader.py returns them. #}
{% macro layouts_of(files, mapping) -%}
    {% set listed = run_query(
        "select coalesce(to_json(list(files)), '[]')::varchar from (select"
        ~ " source_file, record_count, is_plain from " ~ files ~ ") as files"
    )[0][0] %}
    {{ return(ask("layouts_of", [listed, tojson(mapping), tojson(csv_options())])) }}
{%- endmacro %}

{# A layout without rows. #}
{% macro nothing_to_read(mapping) -%}
    {% set columns = [] %}
    {% for name in mapping | map(attribute="field")
        | list + ["source_file", "malformed"] %}
        {% do columns.append("cast(null as varchar) as " ~ quote_name(name)) %}
    {% endfor %}
    {% set query = "select " ~ columns | join(", ") ~ " where false" %}
    {{ return({"relation": "(" ~ query ~ ") as nothing", "types": {}}) }}
{%- endmacro %}

{#- The var xdr_csv with all its keys. -#}
{% macro csv_options() -%}
    {% set options = {
        "delimiter": ",", "columns": none, "comment": none, "nulls": [],
        "encoding": "utf-8", "decimal": ".",
    } %}
    {% do options.update(var("xdr_csv")) %}
    {{ return(options) }}
{%- endmacro %}

{% macro due_files() -%}
    (from {{ source("state", "files_of_build") }} where is_due)
{%- endmacro %}

{% macro load_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
