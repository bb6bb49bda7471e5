{# Texts as an SQL list literal. #}
{% macro quote_list(texts) -%}
    [{% for text in texts %}{{ quote_text(text) }}{% if not loop.last %}, {% endif %}{% endfor %}]
{%- endmacro %}
