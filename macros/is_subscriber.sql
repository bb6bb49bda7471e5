{# Whether a text is a subscriber's number: 5 to 15 digits (E.164), not all 0. #}
{% macro is_subscriber(column) -%}
    ({{ matches(column, "[0-9]{5,15}") }} and try_cast({{ column }} as bigint) > 0)
{%- endmacro %}
