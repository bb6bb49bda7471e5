{# The version that was noted for a relation, or none. #}
{% macro kept_version(relation) -%}
    {% set rows = run_query(
        "select version from " ~ versions_table()
        ~ " where relation = " ~ quote_text(relation | string)
    ) %}
    {{ return(rows[0][0] if rows else none) }}
{%- endmacro %}
