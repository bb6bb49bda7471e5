{# The version that was noted for a relation, or none. #}
{% macro kept_version(relation) -%}
    {{ return(adapter.dispatch("kept_version")(relation)) }}
{%- endmacro %}

{% macro duckdb__kept_version(relation) -%}
    {% set rows = run_query(
        "select version from " ~ versions_table()
        ~ " where relation = " ~ quote_text(relation | string)
    ) %}
    {{ return(rows[0][0] if rows else none) }}
{%- endmacro %}

{% macro spark__kept_version(relation) -%}
    {% for row in run_query("show tblproperties " ~ relation) %}
        {% if row[0] == "engagement.version" %}{{ return(row[1]) }}{% endif %}
    {% endfor %}
    {{ return(none) }}
{%- endmacro %}
