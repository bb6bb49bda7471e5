{#
    A text that changes when this table would: what is loaded and fitted, as far
    as the model reads it, the vars and the project's own files. None for a model
    that reads nothing of this project, since it has to look outside, or a table
    that no version is known of.
#}
{% macro table_version() -%}
    {% set versions = versions_read_by(graph.nodes[model.unique_id]) | unique | list %}
    {% if not versions or none in versions %}{{ return(none) }}{% endif %}
    {% set settings = dict(invocation_args_dict.vars) %}
    {% do settings.pop("refit", none) %}
    {{ return(local_md5(tojson(
        [versions | sort, settings, ask("code_version", [])], sort_keys=true
    ))) }}
{%- endmacro %}
