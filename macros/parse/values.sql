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

{% macro is_integer_type(type) -%}
    {{ return(type in ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]) }}
{%- endmacro %}

{% macro is_fraction_type(type) -%}
    {{ return(type.split("(")[0] in ["FLOAT", "DOUBLE", "DECIMAL"]) }}
{%- endmacro %}

{% macro plain_digits(column) -%}
    {%- set written = "cast(" ~ column ~ " as varchar)" -%}
    {%- set text -%}
        trim(leading '+' from trim({{ written }}))
    {%- endset -%}
    case
        when {{ matches(written, "[0-9]+") }} then {{ written }}
        when {{ text }} like '%.%0'
            then nullif(regexp_replace({{ text }}, '[.]0+$', ''), '')
        else nullif({{ text }}, '')
    end
{%- endmacro %}

{% macro is_subscriber(column) -%}
    (
        {{ matches(column, "[0-9]{5,15}") }}
        and try_cast({{ column }} as bigint) > 0
    )
{%- endmacro %}

{% macro matches(column, pattern) -%}
    regexp_full_match({{ column }}, '{{ pattern }}')
{%- endmacro %}
