{# A text that changes when the rows of a small relation do. #}
{% macro state_version(relation) -%}
    {{ return(run_query(
        "select md5(string_agg(line, '\n' order by line)) from ("
        ~ "select state::varchar as line from " ~ relation ~ " as state)"
    )[0][0]) }}
{%- endmacro %}
