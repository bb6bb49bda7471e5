{#
    A column as timestamp, or null if it is none.

    column: SQL of the column. type: its type; text is read by the var
    xdr_timestamp_formats, then as ISO 8601. Offsets are turned to UTC.
#}
{% macro point_in_time(column, type) -%}
    {{ return(adapter.dispatch("point_in_time")(column, type)) }}
{%- endmacro %}

{% macro duckdb__point_in_time(column, type) -%}
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

{% macro spark__point_in_time(column, type) -%}
    {%- if type.startswith(("TIMESTAMP", "DATE")) -%}
    cast({{ column }} as timestamp)
    {%- else -%}
    coalesce(
        {% for format in var("xdr_timestamp_formats") -%}
        try_to_timestamp({{ column }}, {{ quote_text(spark__time_pattern(format)) }}),
        {% endfor -%}
        case
            when {{ matches(column, "\s*[0-9]+-[0-9]+-[0-9]+([ T].*)?") }}
                then try_cast({{ column }} as timestamp)
        end
    )
    {%- endif -%}
{%- endmacro %}
