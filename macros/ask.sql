{#
    Ask a function of python/engagement/exports.py; what it refuses becomes the
    error of the build.

    question: the function's name. arguments: a list of texts.
#}
{% macro ask(question, arguments) -%}
    {% set literals = [] %}
    {% for argument in arguments %}
        {% do literals.append(quote_text(argument)) %}
    {% endfor %}
    {% set reply = fromjson(
        run_query("select " ~ question ~ "(" ~ literals | join(", ") ~ ")")[0][0]
    ) %}
    {% if reply.error %}{% do exceptions.raise_compiler_error(reply.error) %}{% endif %}
    {{ return(reply.answer) }}
{%- endmacro %}
