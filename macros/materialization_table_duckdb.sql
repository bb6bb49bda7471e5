{#
    Tables stay as they stand while nothing that they are made of has changed: no
    file, no fit, no setting and no line of the project. See table_version.
#}
{% materialization table, adapter="duckdb" %}
    {% set built = built_relation(this.schema, this.identifier) %}
    {% set version = table_version() if built and built.is_table %}
    {% if version and version == kept_version(this) %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [built]}) }}
    {% endif %}
    {{ return(dbt.materialization_table_duckdb()) }}
{% endmaterialization %}
