{% macro local_time(column) -%}
    {{ return(adapter.dispatch("local_time")(column)) }}
{%- endmacro %}

{% macro duckdb__local_time(column) -%}
    {{ return(shifted(column, clock_steps(report_timezone(), "to_local"))) }}
{%- endmacro %}

{% macro spark__local_time(column) -%}
    {% if report_timezone() == "UTC" %}{{ return(column) }}{% endif %}
    from_utc_timestamp({{ column }}, {{ quote_text(report_timezone()) }})
{%- endmacro %}

{% macro utc_time(column) -%}
    {{ return(shifted(column, clock_steps(var("xdr_timezone"), "to_utc"))) }}
{%- endmacro %}

{% macro repeated_ms(column) -%}
    {{ return(step_of(
        column, clock_steps(var("xdr_timezone"), "repeated"), 1000
    )) }}
{%- endmacro %}

{% macro untangled_times(started_at, ended_at, duration_ms, repeated) -%}
    {% if clock_steps(var("xdr_timezone"), "repeated") | length == 1 %}
        {{ return({"started_at": started_at, "ended_at": ended_at}) }}
    {% endif %}
    {% set elapsed_ms = milliseconds_between(started_at, ended_at) %}
    {#- Halves of the change decide which of two times is the nearer one. -#}
    {% set starts_again -%}
    case
        when
            {{ repeated.started_at }} > 0
            and {{ repeated.ended_at }} = 0
            and {{ elapsed_ms }} >= {{ repeated.started_at }}
            and {{ elapsed_ms }} - {{ repeated.started_at }} // 2 > {{ duration_ms }}
            then {{ later(started_at, repeated.started_at) }}
        else {{ started_at }}
    end
    {%- endset %}
    {% set ends_again -%}
    case
        when
            {{ repeated.ended_at }} > 0
            and (
                {{ elapsed_ms }} < 0
                or {{ elapsed_ms }} + {{ repeated.ended_at }} // 2 < {{ duration_ms }}
            )
            then {{ later(ended_at, repeated.ended_at) }}
        else {{ ended_at }}
    end
    {%- endset %}
    {{ return({"started_at": starts_again, "ended_at": ends_again}) }}
{%- endmacro %}

{% macro report_timezone() -%}
    {{ return(var("report_timezone") or var("xdr_timezone")) }}
{%- endmacro %}

{# The steps of clock_steps in export/zones.py. #}
{% macro clock_steps(zone, question) -%}
    {% if zone == "UTC" or not execute %}
        {{ return([{"since": none, "seconds": 0}]) }}
    {% endif %}
    {{ return(ask("clock_steps", [zone, question])) }}
{%- endmacro %}

{#
    A time plus the seconds of its step. Times of other centuries are no times of
    sessions, and might become times that DuckDB cannot hold.
#}
{% macro shifted(column, steps) -%}
    {% if steps == [{"since": none, "seconds": 0}] %}{{ return(column) }}{% endif %}
    case
        when
            {{ column }}
            between timestamp '1900-01-01' and timestamp '2200-01-01'
            then make_timestamp(
                epoch_us({{ column }}) + {{ step_of(column, steps, 1000000) }}
            )
        else {{ column }}
    end
{%- endmacro %}

{% macro step_of(column, steps, scale) -%}
    {% if steps | length == 1 %}{{ return(steps[0].seconds * scale) }}{% endif %}
    {% set half = steps | length // 2 %}
    case
        when {{ column }} < timestamp '{{ steps[half].since }}'
            then {{ step_of(column, steps[:half], scale) }}
        else {{ step_of(column, steps[half:], scale) }}
    end
{%- endmacro %}

{% macro later(column, milliseconds) -%}
    make_timestamp(
        epoch_us({{ column }}) + 1000 * cast({{ milliseconds }} as bigint)
    )
{%- endmacro %}
