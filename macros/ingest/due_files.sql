{% macro due_layouts() -%}
    {% set layouts = [] %}
    {% if is_building() and target.type == "duckdb" %}
        {% do layouts.extend(layouts_of(due_files(), xdr_mapping())) %}
    {% endif %}
    {{ return(layouts or [nothing_to_read(xdr_mapping())]) }}
{%- endmacro %}

{# The layouts of these files, as layouts_of in export/reader.py returns them. #}
{% macro layouts_of(files, mapping) -%}
    {% set listed = [] %}
    {% for row in run_query(
        "select source_file, record_count, is_plain from " ~ files ~ " as files"
    ) %}
        {% do listed.append(
            {"source_file": row[0], "record_count": row[1] | int, "is_plain": row[2]}
        ) %}
    {% endfor %}
    {{ return(ask(
        "layouts_of", [tojson(listed), tojson(mapping), tojson(csv_options())]
    )) }}
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
