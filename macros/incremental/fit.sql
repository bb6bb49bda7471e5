{% materialization fit, adapter="duckdb", supported_languages=["python"] %}
    {% set relation = this.incorporate(type="table") %}
    {% set batch = this.incorporate(path={"identifier": this.identifier ~ "__batch"}) %}
    {% set formula = local_md5(tojson([formula_of(model)])) %}
    {% if flags.FULL_REFRESH or noted_of_model().formula != formula %}
        {% do run_query("drop table if exists " ~ this) %}
    {% endif %}
    {% do run_query("drop table if exists " ~ batch) %}
    {% call statement("main", language="python") %}
        {{- create_table_as(False, batch, compiled_code, "python") }}
    {% endcall %}
    {% do run_query("create or replace table " ~ this ~ " as from " ~ batch) %}
    {% do run_query("drop table " ~ batch) %}
    {% do persist_docs(relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}
