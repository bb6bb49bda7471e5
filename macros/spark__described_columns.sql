{#
    The columns of a relation with the descriptions that the model gives them: a
    list of [name, type, comment].
#}
{% macro spark__described_columns(relation) -%}
    {% set columns = [] %}
    {% for column in adapter.get_columns_in_relation(relation) %}
        {% set described = model.columns.get(column.name) or {} %}
        {% do columns.append(
            [column.name, column.dtype, described.get("description") or none]
        ) %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}
