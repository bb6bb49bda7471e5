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

{# A time whose part below a second stands in a column of its own, if it does. #}
{% macro add_milliseconds(timestamp, milliseconds) -%}
    case
        when {{ milliseconds }} between 0 and 999
            then make_timestamp(
                epoch_us({{ timestamp }}) - epoch_us({{ timestamp }}) % 1000000
                + 1000 * {{ milliseconds }}
            )
        else {{ timestamp }}
    end
{%- endmacro %}
