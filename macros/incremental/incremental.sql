{% materialization incremental, adapter="duckdb" %}
    {% set kept = kept_table() %}
    {% if kept %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [kept]}) }}
    {% endif %}
    {% set current = config.get("meta") %}
    {% set keys = current["keys"] | join(", ") %}
    {% set batch = this.incorporate(path={"identifier": this.identifier ~ "__batch"}) %}
    {% call statement("main") %}
        {% if built_table() and noted_of_model().formula == built_from().formula %}
        create or replace table {{ batch }} as
        {{ sql }};

        delete from {{ this }}
        where ({{ keys }}) not in (select ({{ keys }}) from {{ current_list(current) }});

        insert into {{ this }} by name select * from {{ batch }};

        drop table {{ batch }}
        {% else %}
        create or replace table {{ this }} as
        {{ without_due(sql) }}
        {% endif %}
    {% endcall %}
    {% set relation = this.incorporate(type="table") %}
    {% do persist_docs(relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}
