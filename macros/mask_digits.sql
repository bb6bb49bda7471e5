{# A text with a 9 for every digit: what shape it has, and whose it was not. #}
{% macro mask_digits(column) -%}
    {{ return(adapter.dispatch("mask_digits")(column)) }}
{%- endmacro %}

{% macro duckdb__mask_digits(column) -%}
    regexp_replace({{ column }}, '\pN', '9', 'g')
{%- endmacro %}

{% macro spark__mask_digits(column) -%}
    regexp_replace({{ column }}, r'\p{N}', '9')
{%- endmacro %}
