{% macro each_of(list) -%}
    {{ return(adapter.dispatch("each_of")(list)) }}
{%- endmacro %}

{% macro duckdb__each_of(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__each_of(list) -%}
    explode({{ list }})
{%- endmacro %}

{% macro numbers_between(first, last) -%}
    {{ return(adapter.dispatch("numbers_between")(first, last)) }}
{%- endmacro %}

{% macro duckdb__numbers_between(first, last) -%}
    generate_series({{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__numbers_between(first, last) -%}
    sequence({{ first }}, {{ last }})
{%- endmacro %}
