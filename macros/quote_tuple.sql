{# Texts as the right side of an SQL `in`; an empty list matches nothing. #}
{% macro quote_tuple(texts) -%}
    (
        {%- for text in texts %}{{ quote_text(text) }}, {% endfor -%}
        ''
    )
{%- endmacro %}
