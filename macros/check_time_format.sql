{# End the build unless the engine reads times by a strptime format. #}
{% macro check_time_format(format) -%}
    {{ return(adapter.dispatch("check_time_format")(format)) }}
{%- endmacro %}

{% macro duckdb__check_time_format(format) -%}
    {% for part in modules.re.findall("%-?.?", format) %}
        {% do check_that(
            modules.re.fullmatch(
                "%([aAbBcdfgGhHIjmMnpSTuUVwWxXyYzZ%]|-[dHIjmMSy])", part
            ),
            "xdr_timestamp_formats",
            "is read on DuckDB without " ~ part ~ ", not '" ~ format ~ "'"
        ) %}
    {% endfor %}
{%- endmacro %}

{% macro spark__check_time_format(format) -%}
    {% do spark__time_pattern(format) %}
{%- endmacro %}
