{% macro hour_start(column) -%}
    {% set steps = report_hours().steps %}
    {% if steps == [{"since": none, "seconds": 0}] %}
        {{ return(dbt.date_trunc("hour", column)) }}
    {% endif %}
    {{ return(adapter.dispatch("hour_start")(
        column, step_of(column, steps, 1000000)
    )) }}
{%- endmacro %}

{% macro duckdb__hour_start(column, apart) -%}
    make_timestamp(
        epoch_us({{ column }})
        - (epoch_us({{ column }}) + {{ apart }}) % 3600000000
    )
{%- endmacro %}

{% macro spark__hour_start(column, apart) -%}
    timestamp_micros(
        unix_micros({{ column }})
        - (unix_micros({{ column }}) + {{ apart }}) % 3600000000
    )
{%- endmacro %}

{% macro hour_ms(hour) -%}
    {% set short = report_hours().short %}
    {% if not short %}{{ return(3600000) }}{% endif %}
    case {{ hour }}
        {% for one in short %}
        when timestamp '{{ one.started_at }}' then {{ 1000 * one.seconds }}
        {% endfor %}
        else 3600000
    end
{%- endmacro %}

{# Where some hours are short, the minutes tell which there are. #}
{% macro hour_spine(earliest, latest, column, relation) -%}
    {% if not report_hours().short %}
        {{ return(time_spine(earliest, latest, "hour", column, relation)) }}
    {% endif %}
    select distinct {{ hour_start("minutes.minute_at") }} as {{ column }}
    from (
        {{ time_spine(earliest, latest, "minute", "minute_at", relation) }}
    ) as minutes
{%- endmacro %}

{# The hours of hours_of in export/zones.py. #}
{% macro report_hours() -%}
    {% if report_timezone() == "UTC" or not execute %}
        {{ return({"steps": [{"since": none, "seconds": 0}], "short": []}) }}
    {% endif %}
    {{ return(adapter.dispatch("report_hours")()) }}
{%- endmacro %}

{% macro duckdb__report_hours() -%}
    {{ return(ask("hours_of", [report_timezone()])) }}
{%- endmacro %}

{# What dbt/start.py has set, since nothing can be asked on Spark. #}
{% macro spark__report_hours() -%}
    {{ return(fromjson(run_query("set engagement.report_hours")[0][1])) }}
{%- endmacro %}
