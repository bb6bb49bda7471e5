{#
    The relation of this model if it may stay as it stands, since nothing that it is
    made of has changed: no file, no fit, no setting and no line of the project.
    Else none. See table_version.
#}
{% macro kept_table() -%}
    {% set built = built_relation(this.schema, this.identifier) %}
    {% set version = table_version() if built and built.is_table %}
    {% if version and version == kept_version(built) %}{{ return(built) }}{% endif %}
    {{ return(none) }}
{%- endmacro %}
