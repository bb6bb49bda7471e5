{#
    A column as bigint if it is a whole number (12, 12.0), else null.

    column: SQL of the column. type: its type; text is checked, so that neither
    a fraction nor an exponent (1.2E+9 has lost digits) passes for a number.
#}
{% macro whole_number(column, type) -%}
    {%- set kind = type.split("(")[0] -%}
    {%- if is_integer_type(type) -%}
    cast({{ column }} as bigint)
    {%- elif kind == "VARCHAR" -%}
    case
        when cast(try_cast({{ column }} as bigint) as {{ dbt.type_string() }})
            = {{ column }}
            then try_cast({{ column }} as bigint)
        when {{ matches(column, "\s*[-+]?[0-9]+([.]0*)?\s*") }}
            then try_cast(split_part(trim({{ column }}), '.', 1) as bigint)
    end
    {%- elif kind in ["FLOAT", "DOUBLE", "DECIMAL"] -%}
    case
        when {{ column }} = round({{ column }}) then try_cast({{ column }} as bigint)
    end
    {%- else -%}
    try_cast(cast({{ column }} as {{ dbt.type_string() }}) as bigint)
    {%- endif -%}
{%- endmacro %}
