{# Where the table_version of each table is kept. #}
{% macro versions_table() -%}
    {{ return(api.Relation.create(
        target.database | default(none), generate_schema_name("intermediate", none), "table_versions"
    )) }}
{%- endmacro %}
