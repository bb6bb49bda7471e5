{#
    Make the tables of the schema state, empty, where they are not there yet; so
    nobody has to ask whether they are.
#}
{% macro make_state() -%}
    {% set text = dbt.type_string() %}
    {% set tables = {
        "build_record": {
            "node_id": text, "name": text, "status": text, "formula": text,
            "inputs": text, "docs": text,
        },
        "files_loaded": {
            "source_file": text, "file_version": text, "file_bytes": "bigint",
            "modified_at": "timestamp", "record_count": "bigint",
            "is_well_quoted": "boolean",
        },
        "clusters_before": {
            "user_id": text, "cluster_id": "bigint", "cluster_name": text,
        },
    } %}
    {% do run_query("create schema if not exists state") %}
    {% for name, columns in tables.items() %}
        {% do run_query(make_empty(source("state", name), columns)) %}
    {% endfor %}
{%- endmacro %}

{# SQL that makes a table without a row, unless it is there. #}
{% macro make_empty(relation, columns) -%}
    create {{ adapter.dispatch("state_kind")() }} if not exists {{ relation }} as
    select
        {% for column, type in columns.items() %}
        cast(null as {{ type }}) as {{ column }}{{ "," if not loop.last }}
        {% endfor %}
    where false
{%- endmacro %}

{% macro duckdb__state_kind() -%}
    {{ return("table") }}
{%- endmacro %}

{# See spark__replace_table. #}
{% macro spark__state_kind() -%}
    {{ return("view") }}
{%- endmacro %}
