{#
    The strategy keep_current (see get_incremental_keep_current_sql) for plain
    Parquet tables, which cannot delete rows: each of meta.keys has a partition.

    A batch overwrites its own partitions and nothing else, so a build that was
    killed is completed by the next. Partitions that are not current are dropped
    last: a load that is refused has then taken nothing away.

    meta.gather: rows of one key come from many tasks, and are brought together
    before they are written, else each task would write a file for each key.
#}
{% materialization incremental, adapter="spark", supported_languages=["sql", "python"] %}
    {% set meta = config.get("meta") %}
    {% if model.language == "python" %}
        {% do spark__check_fit() %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [this]}) }}
    {% endif %}
    {% set batch = spark__make_temp_relation(this, "__batch") %}
    {% do run_query(spark__create_temporary_view(batch, sql)) %}
    {% do run_hooks(pre_hooks) %}
    {% set columns = spark__described_columns(batch) %}
    {% set built = built_relation(this.schema, this.identifier) %}
    {% if built %}
        {% do spark__add_columns(built, columns) %}
    {% else %}
        {% do run_query("drop table if exists " ~ this) %}
        {% do run_query(spark__create_table(
            this, columns + [["partition_key", "string", none]], "partition_key"
        )) %}
    {% endif %}
    {% call statement("main") %}
        {{ spark__insert_keyed("overwrite", this, "select * from " ~ batch) }}
    {% endcall %}
    {% do run_hooks(post_hooks) %}
    {% set current = run_query(
        "select " ~ spark__partition_key() ~ " from " ~ ref(meta["current_in"])
    ).columns[0].values() %}
    {% set names = [] %}
    {% for row in run_query("show partitions " ~ this) %}
        {% set name = row[0].split("=")[1] %}
        {% if name not in current %}{% do names.append(name) %}{% endif %}
    {% endfor %}
    {% do spark__drop_partitions(this, names) %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}
