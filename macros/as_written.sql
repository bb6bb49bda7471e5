{#
    A column of an export as it stands, to tell what was written. On Spark as text,
    since files in which it has other types are read together.
#}
{% macro as_written(column) -%}
    {{ return(adapter.dispatch("as_written")(column)) }}
{%- endmacro %}

{% macro duckdb__as_written(column) -%}
    {{ column }}
{%- endmacro %}

{% macro spark__as_written(column) -%}
    cast({{ column }} as string)
{%- endmacro %}
