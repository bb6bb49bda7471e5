{#
    A timestamp whose part below a second is taken from a column of its own, as
    exports write it; where that is null the timestamp stays as it is.
#}
{% macro add_milliseconds(timestamp, milliseconds) -%}
    {{ return(adapter.dispatch("add_milliseconds")(timestamp, milliseconds)) }}
{%- endmacro %}

{% macro duckdb__add_milliseconds(timestamp, milliseconds) -%}
    coalesce(
        date_trunc('second', {{ timestamp }}) + to_milliseconds({{ milliseconds }}),
        {{ timestamp }}
    )
{%- endmacro %}

{% macro spark__add_milliseconds(timestamp, milliseconds) -%}
    coalesce(
        timestamp_millis(
            unix_millis(date_trunc('second', {{ timestamp }})) + {{ milliseconds }}
        ),
        {{ timestamp }}
    )
{%- endmacro %}
