{% macro ask(question, arguments) -%}
    {{ return(adapter.dispatch("ask")(question, arguments) if execute else "") }}
{%- endmacro %}

{% macro duckdb__ask(question, arguments) -%}
    {% set literals = [] %}
    {% for argument in arguments %}
        {% do literals.append(quote_text(argument)) %}
    {% endfor %}
    {% set reply = fromjson(run_query(
        "select " ~ question ~ "(" ~ literals | join(", ") ~ ")"
    )[0][0]) %}
    {% if reply.error %}{% do exceptions.raise_compiler_error(reply.error) %}{% endif %}
    {{ return(reply.answer) }}
{%- endmacro %}

{# Exports are read on DuckDB, for Spark too; see `engagement land`. #}
{% macro spark__ask(question, arguments) -%}
    {{ return("") }}
{%- endmacro %}
