{# The columns of a table as it stands: a list of [name, type, comment]. #}
{% macro spark__stored_columns(relation) -%}
    {% set columns = [] %}
    {% for row in run_query("describe table " ~ relation) %}
        {% do columns.append([row[0], row[1], row[2] or none]) %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}
