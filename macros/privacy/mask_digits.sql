{% macro mask_digits(column) -%}
    regexp_replace({{ column }}, '\pN', '9', 'g')
{%- endmacro %}
