{# Whole numbers are not cast to decimal, which would take three times as long. #}
{% macro duration_in_ms(column, type) -%}
    {#- fractions of a millisecond are rounded once, by the cast to bigint -#}
    {%- set unit = {
        "s": {"ms": "1000", "scale": 3},
        "ms": {"ms": "1", "scale": 0},
        "us": {"ms": "0.001", "scale": 6},
    }[var("xdr_duration_unit")] -%}
    {%- set number -%}
    try_cast(
        {{ as_decimal(column, 20 + unit.scale, unit.scale) }} * {{ unit.ms }}
        as bigint
    )
    {%- endset -%}
    {%- if is_integer_type(type) and unit.scale < 6 -%}
    {%- set limit = 9223372036854775807 // (unit.ms | int) -%}
    case
        when {{ column }} between -{{ limit }} and {{ limit }}
            then cast({{ column }} as bigint) * {{ unit.ms }}
    end
    {%- elif type == "VARCHAR" -%}
    coalesce({{ number }}, {{ clock_time_in_ms(column) }})
    {%- else -%}
    {{ number }}
    {%- endif -%}
{%- endmacro %}

{# 1:23:45, 1.02:03:04 (a day, and hours), 1h23m45s, or PT1H23M45S as in ISO 8601. #}
{% macro clock_time_in_ms(text) -%}
    {%- set days = "(?:([0-9]+)(?:[.]| | days? ?,? ?))?" -%}
    {%- set seconds = "([0-9]+(?:[.][0-9]+)?)" -%}
    {%- set forms = [
        days ~ "([0-9]+):([0-5]?[0-9]):([0-5]?[0-9](?:[.][0-9]+)?)",
        "p?(?:([0-9]+) ?d(?:ays?)?)? ?t?(?:([0-9]+)h)? ?"
        ~ "(?:([0-9]+)m(?:in)?)? ?(?:" ~ seconds ~ "s)?",
    ] -%}
    case
        {% for form in forms -%}
        {%- set part = "regexp_extract(lower(trim(" ~ text ~ ")), '^" ~ form ~ "$', " -%}
        when {{ matches("lower(trim(" ~ text ~ "))", form) }}
            and {{ matches(text, ".*[0-9].*") }}
            then try_cast((
                {% for seconds in [86400, 3600, 60, 1] -%}
                coalesce(try_cast(
                    {{ part }}{{ loop.index }}) as decimal(18, 6)
                ), 0) * {{ seconds }}
                {{ "+" if not loop.last }}
                {% endfor -%}
            ) * 1000 as bigint)
        {% endfor -%}
    end
{%- endmacro %}

{# Rounded half up to whole bytes, once per value. #}
{% macro volume_in_bytes(column, type) -%}
    {%- set factor = {
        "kB": 1000, "MB": 1000000, "GB": 1000000000,
        "KiB": 1024, "MiB": 1048576, "GiB": 1073741824,
    }.get(var("xdr_volume_unit")) -%}
    {%- set exact = as_decimal(column, 27, 9) ~ " * " ~ factor -%}
    {#- less than nothing stays so, however little it is -#}
    {%- set bytes -%}
    least(
        try_cast({{ exact }} as bigint), case when {{ exact }} < 0 then -1 end
    )
    {%- endset -%}
    {%- if not factor -%}
    {{ whole_number(column, type) }}
    {%- elif type == "VARCHAR" -%}
    case
        when {{ matches(column, "\\s*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)\\s*") }}
            then {{ bytes }}
    end
    {%- else -%}
    {{ bytes }}
    {%- endif -%}
{%- endmacro %}

{# A cast to more than 18 digits takes a hundred times as long, and few need one. #}
{% macro as_decimal(column, digits, scale) -%}
    coalesce(
        cast(
            try_cast({{ column }} as decimal(18, {{ scale }}))
            as decimal({{ digits }}, {{ scale }})
        ),
        try_cast({{ column }} as decimal({{ digits }}, {{ scale }}))
    )
{%- endmacro %}

{% macro whole_number(column, type) -%}
    {%- if is_integer_type(type) -%}
    cast({{ column }} as bigint)
    {%- elif type == "VARCHAR" -%}
    case
        when cast(try_cast({{ column }} as bigint) as varchar) = {{ column }}
            then try_cast({{ column }} as bigint)
        when {{ matches(column, "\\s*[-+]?[0-9]+([.]0*)?\\s*") }}
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

{% macro measurement(column, type) -%}
    {%- set number = "try_cast(" ~ column ~ " as double)" -%}
    case when {{ number }} between 0 and 1e15 then {{ number }} end
{%- endmacro %}

{% macro measured_volume(column, type) -%}
    {%- set bytes = volume_in_bytes(column, type) -%}
    case when {{ bytes }} between 0 and 1000000000000000 then {{ bytes }} end
{%- endmacro %}

{% macro is_integer_type(type) -%}
    {{ return(type in ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]) }}
{%- endmacro %}

{% macro is_fraction_type(type) -%}
    {{ return(type.split("(")[0] in ["FLOAT", "DOUBLE", "DECIMAL"]) }}
{%- endmacro %}
