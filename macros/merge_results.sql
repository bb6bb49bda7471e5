{#
    SQL that brings results into the table of results.

    rows: {id: (name, status)}. known: what else may stay, by id; none: all.
#}
{% macro merge_results(rows, known=none) -%}
    {% set table = results_table() %}
    {% set query %}
    {% if adapter.get_relation(table.database, table.schema, table.identifier) %}
    select * from {{ table }}
    where
        not node_id in {{ quote_tuple(rows.keys()) }}
        {% if known is not none %}
        and node_id in {{ quote_tuple(known) }}
        {% endif %}
    union all
    {% endif %}
    select * from (
        values
        {% for id, (name, status) in rows.items() %}
        ({{ quote_text(id) }}, {{ quote_text(name) }}, {{ quote_text(status) }}),
        {% endfor %}
        (null, null, null)
    ) as results (node_id, node_name, status)
    where node_id is not null
    {% endset %}
    {{ replace_table(table, query) }}
{%- endmacro %}
