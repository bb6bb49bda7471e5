{# An aggregate: a text that changes when the set of rows in the group does. #}
{% macro version_of(columns) -%}
    {{ return(adapter.dispatch("version_of")(columns)) }}
{%- endmacro %}

{% macro duckdb__version_of(columns) -%}
    md5(string_agg({{ columns | join(" || ' ' || ") }}, ' ' order by {{ columns | join(", ") }}))
{%- endmacro %}

{% macro spark__version_of(columns) -%}
    md5(array_join(sort_array(collect_list(concat_ws(' ', {{ columns | join(", ") }}))), ' '))
{%- endmacro %}
