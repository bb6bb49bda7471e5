{#
    End the build unless this model is as `engagement fit` has left it, with the vars
    of this build: dbt-spark's session runs no Python models.
#}
{% macro spark__check_fit() -%}
    {% set fit = "`engagement fit --target spark`, with the same --vars" %}
    {% if not adapter.get_relation(this.database, this.schema, this.identifier) %}
        {% do exceptions.raise_compiler_error(
            this ~ " is not fitted: build with --exclude tag:fit+ and run " ~ fit
            ~ ", before this."
        ) %}
    {% endif %}
    {% set meta = config.get("meta") %}
    {% set stored = run_query(
        "select count(*), coalesce(min(scaler), ''), coalesce(max(scaler), '') from "
        ~ this
    )[0] %}
    {% if stored[0] > 0 and (
        meta.refit or stored[1] != meta.scaler or stored[2] != meta.scaler
    ) %}
        {% do exceptions.raise_compiler_error(
            this ~ " is fitted with scaler " ~ stored[2] ~ ", and var cluster_scaler is "
            ~ meta.scaler ~ ", var refit " ~ meta.refit ~ ": run " ~ fit ~ "."
        ) %}
    {% endif %}
{%- endmacro %}
