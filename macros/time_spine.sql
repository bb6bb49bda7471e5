{#
    SQL of a table with one column, all points in time from the earliest to the
    latest, a unit apart.

    earliest, latest: SQL of timestamps; null makes no row. unit: day or hour.
    column: what the column is called. relation: where the two are selected from.
#}
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
