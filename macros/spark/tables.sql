{% materialization incremental, adapter="spark" %}
    {{ return(dbt.materialization_table_spark()) }}
{% endmaterialization %}

{% materialization fit, adapter="spark", supported_languages=["python"] %}
    {% do check_fit() %}
    {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
    {{ return({"relations": [this]}) }}
{% endmaterialization %}

{# End the build unless a fit is as this build's vars ask for. #}
{% macro check_fit() -%}
    {% set fit = "run `engagement fit --target spark`, with the same --vars" %}
    {% if not adapter.get_relation(this.database, this.schema, this.identifier) %}
        {% do exceptions.raise_compiler_error(
            this ~ " is not fitted: build with --exclude tag:fit+, then " ~ fit ~ "."
        ) %}
    {% endif %}
    {% set meta = config.get("meta") %}
    {% set curve = this.incorporate(path={"identifier": "elbow_curve"}) %}
    {% set stored = run_query(
        "select count(*), coalesce(max(scaler), ''), (select count(*) from " ~ curve
        ~ ") from " ~ this
    )[0] %}
    {# where few users differ there are as many clusters as the curve is long #}
    {% set k = [meta.k, stored[2]] | min if "k" in meta else stored[0] %}
    {% if meta.refit or stored[0] != k or stored[1] not in ("", meta.scaler) %}
        {% do exceptions.raise_compiler_error(
            this ~ " is of other vars: " ~ stored[0] ~ " rows, scaler " ~ stored[1]
            ~ "; wanted are cluster_scaler " ~ meta.scaler
            ~ (", cluster_count " ~ meta.k if "k" in meta else "")
            ~ (", a refit, which is the fit's alone" if meta.refit else "")
            ~ ": " ~ fit ~ "."
        ) %}
    {% endif %}
{%- endmacro %}
