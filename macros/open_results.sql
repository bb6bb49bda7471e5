{#
    On-run-start: note that a build is at work, so that one that was killed does
    not pass for the one before it. See keep_results.
#}
{% macro open_results() -%}
    {% if leaves_results() %}
    {% do run_query("create schema if not exists " ~ results_table().schema) %}
    {{ merge_results({invocation_id: ("dbt " ~ flags.WHICH, "unfinished")}) }}
    {% endif %}
{%- endmacro %}
