{#
    Ask a function of python/engagement/questions.py; what it refuses becomes the
    error of the build.

    question: the function's name. arguments: a list of texts.
#}
{% macro ask(question, arguments) -%}
    {% set reply = fromjson(adapter.dispatch("ask")(question, arguments)) %}
    {% if reply.error %}{% do exceptions.raise_compiler_error(reply.error) %}{% endif %}
    {{ return(reply.answer) }}
{%- endmacro %}

{% macro duckdb__ask(question, arguments) -%}
    {% set literals = [] %}
    {% for argument in arguments %}
        {% do literals.append(quote_text(argument)) %}
    {% endfor %}
    {{ return(run_query("select " ~ question ~ "(" ~ literals | join(", ") ~ ")")[0][0]) }}
{%- endmacro %}

{% macro spark__ask(question, arguments) -%}
    {% if adapter.ask is not defined %}
        {% do exceptions.raise_compiler_error(
            "dbt_engagement is not installed beside dbt-spark: run `pip install"
            ~ " --no-deps -e .` in the folder of the project."
        ) %}
    {% endif %}
    {{ return(adapter.ask(question, *arguments)) }}
{%- endmacro %}
