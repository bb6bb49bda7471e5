{# The table_version that this table was built with, or none. #}
{% macro kept_version() -%}
    {% set rows = run_query(
        "select version from " ~ versions_table()
        ~ " where relation = " ~ quote_text(this | string)
    ) %}
    {{ return(rows[0][0] if rows else none) }}
{%- endmacro %}
