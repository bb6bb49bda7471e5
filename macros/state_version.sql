{# A text that changes when the rows of a small relation do. #}
{% macro state_version(relation) -%}
    {{ return(run_query(
        "select " ~ adapter.dispatch("state_version")("state")
        ~ " from " ~ relation ~ " as state"
    )[0][0]) }}
{%- endmacro %}

{% macro duckdb__state_version(row) -%}
    md5(string_agg({{ row }}::varchar, '\n' order by {{ row }}::varchar))
{%- endmacro %}

{% macro spark__state_version(row) -%}
    md5(array_join(sort_array(collect_list(to_json(struct({{ row }}.*)))), '\n'))
{%- endmacro %}
