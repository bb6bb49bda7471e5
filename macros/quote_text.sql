{# A text as an SQL literal, whatever it holds. #}
{% macro quote_text(text) -%}
    '{{ text | string | replace("'", "''") }}'
{%- endmacro %}
