{#
    Pre-hook of int_records_loaded: a full refresh drops all tables that are made of
    records, lest a build that follows a killed one keep one of them.
#}
{% macro start_over() -%}
    {% if execute and flags.FULL_REFRESH %}
    {% set made = graph.nodes.values()
        | selectattr("config.materialized", "in", ["incremental", "table"])
        | selectattr("language", "equalto", "sql")
        | rejectattr("schema", "equalto", "staging")
        | rejectattr("unique_id", "equalto", model.unique_id) %}
    {% for node in made %}
        {% set table = adapter.get_relation(node.database, node.schema, node.alias) %}
        {% if table %}{% do adapter.drop_relation(table) %}{% endif %}
    {% endfor %}
    {% endif %}
{%- endmacro %}
