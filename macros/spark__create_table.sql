{#
    SQL of an empty Parquet table. Tables are made empty and then filled: of a
    `create table as` that is killed, files would stay that forbid the next.

    columns: a list of [name, type, comment]. partition: a column, or none.
#}
{% macro spark__create_table(relation, columns, partition=none) -%}
    create table {{ relation }} (
        {% for name, type, comment in columns %}
        {{ quote_name(name) }} {{ type }}
        {{- " comment " ~ quote_text(comment) if comment }}
        {{- "," if not loop.last }}
        {% endfor %}
    )
    using parquet
    {{ "partitioned by (" ~ partition ~ ")" if partition }}
    {{ "comment " ~ quote_text(model.description) if model.description }}
{%- endmacro %}
