{% macro parsed_fields(layout) -%}
    {% for entry in xdr_mapping() %}
    {%- set column = quote_name(entry.column) -%}
    {%- set type = layout.types.get(entry.column, "VARCHAR") -%}
    {{ column }} as {{ entry.field }}_raw,
    {% if entry.field == "location" -%}
    {{ plain_text(column, type) }}
    {%- elif entry.field == "user_id" -%}
    {{ plain_digits(column) }}
    {%- elif entry.field in ["started_at", "ended_at"] -%}
    {{ point_in_time(column, type) }}
    {%- elif entry.field == "duration" -%}
    {{ duration_in_ms(column, type) }}
    {%- else -%}
    {{ whole_number(column, type) }}
    {%- endif %} as {{ entry.field }},
    {% endfor %}
    {%- for field in xdr_fields().optional if not var("xdr_columns").get(field) %}
    cast(null as {{ "varchar" if field == "location" else "bigint" }}) as {{ field }},
    {% endfor %}
{%- endmacro %}

{# A text without the blanks around it, and a whole number without its ".0". #}
{% macro plain_text(column, type) -%}
    {%- set written = "cast(" ~ column ~ " as varchar)" -%}
    {%- if is_fraction_type(type) -%}
    coalesce(cast({{ whole_number(column, type) }} as varchar), {{ written }})
    {%- else -%}
    {%- set text = "trim(" ~ written ~ ")" -%}
    nullif(case
        when {{ text }} like '%.0' and {{ matches(text, "[0-9]+[.]0") }}
            then left({{ text }}, length({{ text }}) - 2)
        else {{ text }}
    end, '')
    {%- endif -%}
{%- endmacro %}

{# Text is read with the var xdr_timestamp_formats first, then as ISO 8601. #}
{% macro point_in_time(column, type) -%}
    {%- if type.startswith(("TIMESTAMP", "DATE")) -%}
    cast({{ column }} as timestamp)
    {%- else -%}
    {%- set text = "cast(" ~ column ~ " as varchar)" -%}
    coalesce(
        {% if var("xdr_timestamp_formats") -%}
        cast(try_strptime(
            {{ text }}, {{ quote_list(var("xdr_timestamp_formats")) }}
        ) as timestamp),
        {% endif -%}
        try_cast({{ text }} as timestamp)
    )
    {%- endif -%}
{%- endmacro %}

{% macro carries_seconds(column) -%}
    {%- set text = "cast(" ~ column ~ " as varchar)" -%}
    case
        {% for format in var("xdr_timestamp_formats") -%}
        {%- set parts = format | replace("%%", "") -%}
        when try_strptime({{ text }}, {{ quote_text(format) }}) is not null
            then {{ modules.re.search("%-?[ScTX]", parts) is not none }}
        {% endfor -%}
        else {{ matches(text, ".*[0-9]:[0-9]+:[0-9].*") }}
    end
{%- endmacro %}

{# Whole numbers are not cast to decimal, which would take three times as long. #}
{% macro duration_in_ms(column, type) -%}
    {%- set unit_ms = {"s": 1000, "ms": 1}[var("xdr_duration_unit")] -%}
    {%- set limit = 9223372036854775807 // unit_ms -%}
    {#- fractions of a millisecond are rounded once, by the cast to decimal -#}
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
