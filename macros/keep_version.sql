{# Post-hook: note the table_version of a table, in the transaction that built it. #}
{% macro keep_version() -%}
    {% if execute and config.get("materialized") in ["table", "incremental"] %}
    {{ note_version(this, table_version()) }}
    {% endif %}
{%- endmacro %}
