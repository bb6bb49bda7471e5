{% materialization fit, adapter="duckdb", supported_languages=["python"] %}
    {% set batch = this.incorporate(path={"identifier": this.identifier ~ "__batch"}) %}
    {% set due = begin("table") %}
    {% if due %}
    {% if not due.is_same_formula %}
        {% do run_query("drop table if exists " ~ this) %}
    {% endif %}
    {% do run_query("drop table if exists " ~ batch) %}
    {% call statement("main", language="python") %}
        {{- create_table_as(False, batch, compiled_code, "python") }}
    {% endcall %}
    {% do run_query("create or replace table " ~ this ~ " as from " ~ batch) %}
    {% do run_query("drop table " ~ batch) %}
    {#- a fit may leave its rows as they are, whatever it read -#}
    {% do finish("table", dict(due, content=fingerprint_of(this))) %}
    {% endif %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

{% macro warn_of_shift() -%}
    {% set clusters = ref("cluster_model") %}
    {% if is_building() and load_relation(clusters) %}
    {% for row in run_query(
        "select population_stability_index from " ~ clusters ~ " where needs_refit"
    ) %}
        {% do exceptions.warn(
            "The users have changed since the clusters were fitted: the population "
            ~ "stability index is " ~ row[0] | round(2) ~ ", above 0.25. Build once "
            ~ "with --vars '{refit: true}' to fit them again."
        ) %}
    {% endfor %}
    {% endif %}
{%- endmacro %}
