{# Milliseconds from one timestamp to another, bigint. #}
{% macro milliseconds_between(earlier, later) -%}
    {{ return(adapter.dispatch("milliseconds_between")(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__milliseconds_between(earlier, later) -%}
    (epoch_ms({{ later }}) - epoch_ms({{ earlier }}))
{%- endmacro %}

{% macro spark__milliseconds_between(earlier, later) -%}
    (unix_millis({{ later }}) - unix_millis({{ earlier }}))
{%- endmacro %}
