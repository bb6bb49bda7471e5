{# Whether this command builds or tests something; see keep_results. #}
{% macro leaves_results() -%}
    {{ return(
        execute and flags.WHICH in ["build", "run", "test", "seed", "retry"]
    ) }}
{%- endmacro %}
