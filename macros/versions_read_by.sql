{#
    The versions of all that a model reads: those noted when tables were built, and
    the rows of what decides itself what it holds, the list of files and the fits.
    So a table that was built ahead of what it reads is built again.

    node: the model, as in graph.nodes.
#}
{% macro versions_read_by(node) -%}
    {% set versions = [] %}
    {% for id in node.depends_on.nodes if id.startswith("model.") %}
        {% set read = graph.nodes[id] %}
        {% if read.language == "python" or read.name == "stg_xdr__files" %}
            {% do versions.append(state_version(read.relation_name)) %}
        {% elif read.config.materialized in ["table", "incremental"] %}
            {% do versions.append(kept_version(read.relation_name)) %}
        {% else %}
            {% do versions.extend(versions_read_by(read)) %}
        {% endif %}
    {% endfor %}
    {{ return(versions) }}
{%- endmacro %}
