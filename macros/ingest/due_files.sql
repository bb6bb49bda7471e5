{% macro due_layouts() -%}
    {% set mapped = xdr_mapping() | map(attribute="column") | unique | list %}
    {% set layouts = [] %}
    {% if is_building() and target.type == "duckdb" %}
        {% do layouts.extend(layouts_of(due_files(), mapped)) %}
    {% endif %}
    {{ return(layouts or [nothing_to_read(mapped)]) }}
{%- endmacro %}

{# The layouts of these files, as layouts_of in export/reader.py returns them. #}
{% macro layouts_of(files, columns) -%}
    {% set listed = [] %}
    {% for row in run_query(
        "select source_file, is_well_quoted from " ~ files ~ " as files"
    ) %}
        {% do listed.append({"source_file": row[0], "is_well_quoted": row[1]}) %}
    {% endfor %}
    {{ return(ask("layouts_of", [tojson(listed), tojson(columns)])) }}
{%- endmacro %}

{# A layout without rows. #}
{% macro nothing_to_read(mapped) -%}
    {% set columns = [] %}
    {% for name in mapped + ["source_file"] %}
        {% do columns.append("cast(null as varchar) as " ~ quote_name(name)) %}
    {% endfor %}
    {% set query = "select " ~ columns | join(", ") ~ " where false" %}
    {{ return({"relation": "(" ~ query ~ ") as nothing", "types": {}}) }}
{%- endmacro %}

{% macro due_files() -%}
    (from {{ source("state", "files_of_build") }} where is_due)
{%- endmacro %}

{% macro load_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
