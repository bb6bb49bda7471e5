{#
    On-run-end: note the result of each model and test, the last one of those that
    were not run. What reads a model that was built, and was not run itself, is
    outdated. `engagement publish` refuses what did not pass.

    results: of this run, as dbt gives them.
#}
{% macro keep_results(results) -%}
    {% if leaves_results() %}
    {% set rows = {} %}
    {% for result in results %}
        {% do rows.update({
            result.node.unique_id: (result.node.name, result.status | string)
        }) %}
    {% endfor %}
    {% set built = results | map(attribute="node")
        | selectattr("resource_type", "in", ["model", "seed"])
        | map(attribute="unique_id") | list %}
    {% set kinds = ["model", "seed", "test"] %}
    {% set nodes = graph.nodes.values() | selectattr("resource_type", "in", kinds)
        | rejectattr("config.materialized", "equalto", "ephemeral") %}
    {% for node in nodes if node.unique_id not in rows %}
        {% set parents = node.depends_on.nodes %}
        {% if parents | select("in", built) | list %}
            {% do rows.update({node.unique_id: (node.name, "outdated")}) %}
        {% endif %}
    {% endfor %}
    {{ merge_results(rows, graph.nodes.keys()) }}
    {% endif %}
{%- endmacro %}
