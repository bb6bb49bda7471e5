{#
    The relations that decide what a model holds, of all it reads from: the list
    of loaded files and the fits. node: the model, as in graph.nodes.
#}
{% macro states_of(node) -%}
    {% set states = [] %}
    {% for id in node.depends_on.nodes if id in graph.nodes %}
        {% set parent = graph.nodes[id] %}
        {% if parent.language == "python" or parent.name == "stg_xdr__files" %}
            {% do states.append(parent.relation_name) %}
        {% else %}
            {% do states.extend(states_of(parent)) %}
        {% endif %}
    {% endfor %}
    {{ return(states) }}
{%- endmacro %}
