{#
    A text that changes when this table would: what is loaded and fitted, as far
    as the model reads it, the vars and the project's own files. None for a model
    that reads nothing of this project, since it has to look outside.
#}
{% macro table_version() -%}
    {% set versions = [] %}
    {% for relation in states_of(graph.nodes[model.unique_id]) | unique | sort %}
        {% do versions.append(state_version(relation)) %}
    {% endfor %}
    {% if not versions %}{{ return(none) }}{% endif %}
    {% set settings = dict(invocation_args_dict.vars) %}
    {% do settings.pop("refit", none) %}
    {{ return(local_md5(tojson(
        [versions, settings, ask("code_version", [])], sort_keys=true
    ))) }}
{%- endmacro %}
