{#- Decimals are three times as slow as all that is read besides. -#}
{% macro whole_number(column, type) -%}
    {%- if is_integer_type(type) -%}
    cast({{ column }} as bigint)
    {%- elif type == "VARCHAR" -%}
    case
        when cast(try_cast({{ column }} as bigint) as varchar) = {{ column }}
            then try_cast({{ column }} as bigint)
        when {{ matches(column, "\s*[-+]?[0-9]+([.]0*)?\s*") }}
            then try_cast(split_part(trim({{ column }}), '.', 1) as bigint)
    end
    {%- elif is_fraction_type(type) -%}
    case
        when {{ column }} = round({{ column }})
            then try_cast({{ column }} as bigint)
    end
    {%- else -%}
    try_cast(cast({{ column }} as varchar) as bigint)
    {%- endif -%}
{%- endmacro %}

{% macro duration_in_ms(column, type) -%}
    {%- set unit_ms = {"s": 1000, "ms": 1}[var("xdr_duration_unit")] -%}
    {%- set limit = 9223372036854775807 // unit_ms -%}
    {#- what is left of a millisecond is rounded once, where the text is read -#}
    {%- set scale = {"s": 3, "ms": 0}[var("xdr_duration_unit")] -%}
    {%- if is_integer_type(type) -%}
    case
        when {{ column }} between -{{ limit }} and {{ limit }}
            then cast({{ column }} as bigint) * {{ unit_ms }}
    end
    {%- else -%}
    try_cast(
        try_cast({{ column }} as decimal(20, {{ scale }})) * {{ unit_ms }}
        as bigint
    )
    {%- endif -%}
{%- endmacro %}

{# Whether all values of a column's type are whole numbers that a bigint holds. #}
{% macro is_integer_type(type) -%}
    {{ return(type in ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]) }}
{%- endmacro %}

{# Whether a column's type holds fractions. #}
{% macro is_fraction_type(type) -%}
    {{ return(type.split("(")[0] in ["FLOAT", "DOUBLE", "DECIMAL"]) }}
{%- endmacro %}
