{% macro time_spine(earliest, latest, unit, column, relation) -%}
    {{ return(adapter.dispatch("time_spine")(
        earliest, latest, unit, column, relation
    )) }}
{%- endmacro %}

{% macro duckdb__time_spine(earliest, latest, unit, column, relation) -%}
    select unnest(generate_series(
        {{ earliest }}, {{ latest }}, interval 1 {{ unit }}
    )) as {{ column }}
    from {{ relation }}
{%- endmacro %}

{% macro spark__time_spine(earliest, latest, unit, column, relation) -%}
    select explode(sequence(
        {{ earliest }}, {{ latest }}, interval 1 {{ unit }}
    )) as {{ column }}
    from {{ relation }}
{%- endmacro %}

{% macro day_number(timestamp) -%}
    {{ return(adapter.dispatch("day_number")(timestamp)) }}
{%- endmacro %}

{% macro duckdb__day_number(timestamp) -%}
    epoch_ms({{ timestamp }}) // 86400000
{%- endmacro %}

{% macro spark__day_number(timestamp) -%}
    cast(unix_date(cast({{ timestamp }} as date)) as bigint)
{%- endmacro %}

{% macro milliseconds_between(earlier, later) -%}
    {{ return(adapter.dispatch("milliseconds_between")(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__milliseconds_between(earlier, later) -%}
    (epoch_ms({{ later }}) - epoch_ms({{ earlier }}))
{%- endmacro %}

{% macro spark__milliseconds_between(earlier, later) -%}
    (unix_millis({{ later }}) - unix_millis({{ earlier }}))
{%- endmacro %}
