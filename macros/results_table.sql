{# Where the last result of each model and test is kept; see keep_results. #}
{% macro results_table() -%}
    {{ return(api.Relation.create(
        target.database | default(none), generate_schema_name("intermediate", none), "build_results"
    )) }}
{%- endmacro %}
