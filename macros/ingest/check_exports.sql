{% macro check_exports() -%}
    {% if is_building() and target.type == "duckdb" %}
        {% if has_records() %}
            {% do ask("check_rules", [
                read_record()[load_model()].formula, rules_for_records()
            ]) %}
        {% endif %}
        {% for export in load_plan().new %}
            {% do ask("check_columns", [export.file, tojson(xdr_mapping())]) %}
        {% endfor %}
    {% endif %}
{%- endmacro %}

{# The id of the model that holds the records. #}
{% macro load_model() -%}
    {{ return((graph.nodes.values()
        | selectattr("config.materialized", "equalto", "load") | first).unique_id) }}
{%- endmacro %}

{% macro rules_for_records() -%}
    {{ return(ask("rules_for_records", [invocation_args_dict.project_dir])) }}
{%- endmacro %}
