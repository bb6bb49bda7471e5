{#
    Give a table the columns of a list of [name, type, comment] that it lacks. One
    that it has beside them stays, and is null in new rows.
#}
{% macro spark__add_columns(relation, columns) -%}
    {% set known = adapter.get_columns_in_relation(relation)
        | map(attribute="name") | list %}
    {% for name, type, comment in columns if name not in known %}
        {% do run_query(
            "alter table " ~ relation ~ " add columns (" ~ quote_name(name) ~ " "
            ~ type ~ (" comment " ~ quote_text(comment) if comment else "") ~ ")"
        ) %}
    {% endfor %}
{%- endmacro %}
