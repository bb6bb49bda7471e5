{# Whether the whole of a text matches a regular expression. #}
{% macro matches(column, pattern) -%}
    {{ return(adapter.dispatch("matches")(column, pattern)) }}
{%- endmacro %}

{% macro duckdb__matches(column, pattern) -%}
    regexp_full_match({{ column }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches(column, pattern) -%}
    {{ column }} rlike r'\A(?:{{ pattern }})\z'
{%- endmacro %}
