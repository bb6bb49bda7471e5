{#
    A duration in the var xdr_duration_unit as ms, bigint, or null if it is none
    or more than a bigint holds.

    column: SQL of the column. type: its type; whole numbers stay so, since
    decimals are three times as slow as all that is read besides.
#}
{% macro duration_in_ms(column, type) -%}
    {%- set unit_ms = {"s": 1000, "ms": 1}[var("xdr_duration_unit")] -%}
    {%- set limit = 9223372036854775807 // unit_ms -%}
    {#- what is left of a millisecond is rounded once, where the text is read -#}
    {%- set scale = {"s": 3, "ms": 0}[var("xdr_duration_unit")] -%}
    {%- if is_integer_type(type) -%}
    case
        when {{ column }} between -{{ limit }} and {{ limit }}
            then {{ whole_number(column, type) }} * {{ unit_ms }}
    end
    {%- else -%}
    try_cast(try_cast({{ column }} as decimal(20, {{ scale }})) * {{ unit_ms }} as bigint)
    {%- endif -%}
{%- endmacro %}
