{% materialization incremental, adapter="spark" %}
    {{ return(dbt.materialization_table_spark()) }}
{% endmaterialization %}

{% materialization fit, adapter="spark", supported_languages=["python"] %}
    {% do check_fit() %}
    {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
    {{ return({"relations": [this]}) }}
{% endmaterialization %}

{# Stop the build unless there is a fit with the vars of this build. #}
{% macro check_fit() -%}
    {% set fit = "run `engagement fit --target spark`, with the same --vars" %}
    {% if not adapter.get_relation(this.database, this.schema, this.identifier) %}
        {% do exceptions.raise_compiler_error(
            this ~ " does not exist yet: build with --exclude tag:fit+, then "
            ~ fit ~ "."
        ) %}
    {% endif %}
    {% set meta = config.get("meta") %}
    {% set curve = this.incorporate(path={"identifier": "elbow_curve"}) %}
    {% set stored = run_query(
        "select count(*), coalesce(max(scaler), ''), (select count(*) from " ~ curve
        ~ ") from " ~ this
    )[0] %}
    {# with few distinct users, there are only as many clusters as the curve has k #}
    {% set k = [meta.k, stored[2]] | min if "k" in meta else stored[0] %}
    {% if meta.refit or stored[0] != k or stored[1] not in ("", meta.scaler) %}
        {% do exceptions.raise_compiler_error(
            this ~ " has " ~ stored[0] ~ " rows and scaler '" ~ stored[1]
            ~ "', but this build asks for cluster_scaler " ~ meta.scaler
            ~ (", cluster_count " ~ meta.k if "k" in meta else "")
            ~ (", and for refit, a var of `engagement fit` only" if meta.refit else "")
            ~ ": " ~ fit ~ "."
        ) %}
    {% endif %}
{%- endmacro %}
