{% macro masked(column) -%}
    regexp_replace(regexp_replace({{ column }}, '\pN', '9', 'g'), '\pL', 'x', 'g')
{%- endmacro %}
