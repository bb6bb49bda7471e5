{#
    On-run-start: note that a build is at work, so that one that was killed does
    not pass for the one before it. See keep_results.
#}
{% macro open_results() -%}
    {% if leaves_results() %}
    {{ return(adapter.dispatch("open_results")()) }}
    {% endif %}
{%- endmacro %}

{% macro duckdb__open_results() -%}
    create schema if not exists {{ results_table().schema }};
    create table if not exists {{ results_table() }} (
        node_id varchar,
        node_name varchar,
        status varchar
    );
    insert into {{ results_table() }}
    values ({{ quote_text(invocation_id) }}, 'dbt {{ flags.WHICH }}', 'unfinished')
{%- endmacro %}
