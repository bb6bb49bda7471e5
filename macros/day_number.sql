{# The day of a timestamp as a number: days since 1970-01-01. #}
{% macro day_number(timestamp) -%}
    {{ return(adapter.dispatch("day_number")(timestamp)) }}
{%- endmacro %}

{% macro duckdb__day_number(timestamp) -%}
    epoch_ms({{ timestamp }}) // 86400000
{%- endmacro %}

{% macro spark__day_number(timestamp) -%}
    cast(unix_date(cast({{ timestamp }} as date)) as bigint)
{%- endmacro %}
