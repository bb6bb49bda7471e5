{# Post-hook: note the table_version of a table, in the transaction that built it. #}
{% macro keep_version() -%}
    {{ return(adapter.dispatch("keep_version")()) }}
{%- endmacro %}

{% macro duckdb__keep_version() -%}
    {% if execute and config.get("materialized") == "table" %}
    {% set version = table_version() %}
    {% set relation = quote_text(this | string) %}
    delete from {{ versions_table() }} where relation = {{ relation }};
    insert into {{ versions_table() }}
    values ({{ relation }}, {{ quote_text(version) if version else "null" }})
    {% endif %}
{%- endmacro %}
