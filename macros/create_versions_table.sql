{# On-run-start: make the table in which the table_version of tables is kept. #}
{% macro create_versions_table() -%}
    {{ return(adapter.dispatch("create_versions_table")()) }}
{%- endmacro %}

{% macro duckdb__create_versions_table() -%}
    create schema if not exists {{ versions_table().schema }};
    create table if not exists {{ versions_table() }} (
        relation varchar,
        version varchar
    )
{%- endmacro %}

{# On Spark a version is a property of the table itself. #}
{% macro spark__create_versions_table() -%}
{%- endmacro %}
