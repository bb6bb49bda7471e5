{#
    A timestamp whose part below a second is taken from a column of its own, as
    exports write it; where that is null, or no part of a second, the timestamp
    stays as it is.
#}
{% macro add_milliseconds(timestamp, milliseconds) -%}
    {{ return(adapter.dispatch("add_milliseconds")(timestamp, milliseconds)) }}
{%- endmacro %}

{% macro duckdb__add_milliseconds(timestamp, milliseconds) -%}
    case
        when {{ milliseconds }} between 0 and 999
            then make_timestamp(
                epoch_us({{ timestamp }}) - epoch_us({{ timestamp }}) % 1000000
                + 1000 * {{ milliseconds }}
            )
        else {{ timestamp }}
    end
{%- endmacro %}

{% macro spark__add_milliseconds(timestamp, milliseconds) -%}
    case
        when {{ milliseconds }} between 0 and 999
            then timestamp_millis(
                unix_millis(date_trunc('second', {{ timestamp }}))
                + {{ milliseconds }}
            )
        else {{ timestamp }}
    end
{%- endmacro %}
