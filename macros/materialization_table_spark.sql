{#
    Tables stay as they stand while nothing has changed; see kept_table. Else a
    table is overwritten in place, without the version that it had: a build that is
    killed is not taken for a finished one.
#}
{% materialization table, adapter="spark" %}
    {% set kept = kept_table() %}
    {% if kept %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [kept]}) }}
    {% endif %}
    {% do run_hooks(pre_hooks) %}
    {% set query = sql %}
    {% if config.get("contract").enforced %}
        {% do get_assert_columns_equivalent(sql) %}
        {% set query = get_select_subquery(sql) %}
    {% endif %}
    {% set batch = spark__make_temp_relation(this, "__batch") %}
    {% do run_query(spark__create_temporary_view(batch, query)) %}
    {% set columns = spark__described_columns(batch) %}
    {% set built = adapter.get_relation(this.database, this.schema, this.identifier) %}
    {% if built and built.is_table and spark__stored_columns(built) == columns %}
        {% do run_query(
            "alter table " ~ this
            ~ " unset tblproperties if exists ('engagement.version')"
        ) %}
    {% else %}
        {% if built %}{% do adapter.drop_relation(built) %}{% endif %}
        {% do run_query(spark__create_table(this, columns)) %}
    {% endif %}
    {% call statement("main") %}
        insert overwrite {{ this }} select * from {{ batch }}
    {% endcall %}
    {% do persist_constraints(this, model) %}
    {% do run_hooks(post_hooks) %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}
