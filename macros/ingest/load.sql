{% materialization load, adapter="duckdb" %}
    {% set files = source("state", "files_of_build") %}
    {% set due = run_query("from " ~ due_files() ~ " as files").rows %}
    {% set leaving = run_query(leaving_files()).rows if has_records() else [] %}
    {% if not due and not leaving and built_table() %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [built_table()]}) }}
    {% endif %}
    {% set relation = this.incorporate(type="table") %}
    {% set holds_others = built_table() and run_query(
        "from " ~ this ~ " where exists (from " ~ files ~ " where not is_due) limit 1"
    ).rows %}

    {#- The first statement begins the transaction that the last line commits. -#}
    {% call statement("begin") %}select 1{% endcall %}

    {#- A full refresh drops all records, so nothing made from them may remain. -#}
    {% do start_over() %}

    {#- Records of files that left or were delivered again go before new ones come. -#}
    {% call statement("main") %}
        {% if holds_others %}
        delete from {{ this }}
        where (source_file, file_version) not in (
            select (source_file, file_version) from {{ files }}
        );
        insert into {{ this }} by name
        {{ sql }}
        {% else %}
        create or replace table {{ this }} as
        {{ sql }}
        {% endif %}
    {% endcall %}

    {#- DuckDB lists the lines that it could not split only after it has read all. -#}
    {% do add_malformed_lines() %}

    {#- A load that looks wrong as a whole is refused before anybody sees it. -#}
    {% do guard_load() %}

    {#- Numbers are in no table, so that they are read from the files again. -#}
    {% do keep_identities(due) %}

    {#- Last, because the steps above compare with what was loaded before. -#}
    {% do run_query(replace_table(
        source("state", "files_loaded"),
        "select * exclude (is_due) from " ~ files
    )) %}

    {% do persist_docs(relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({"relations": [relation]}) }}
{% endmaterialization %}

{# Drop all tables that are made from records; views are created again anyway. #}
{% macro start_over() -%}
    {% if flags.FULL_REFRESH %}
    {% for node in graph.nodes.values()
        if node.config.materialized in ["incremental", "table"]
        and node.language == "sql" and node.unique_id != model.unique_id %}
        {% set table = adapter.get_relation(node.database, node.schema, node.alias) %}
        {% if table %}{% do adapter.drop_relation(table) %}{% endif %}
    {% endfor %}
    {% endif %}
{%- endmacro %}

{# SQL of the files that are loaded now and will not be after this build. #}
{% macro leaving_files() -%}
    select source_file from {{ source("state", "files_loaded") }}
    where not source_file in (
        select files.source_file
        from {{ source("state", "files_of_build") }} as files
    )
{%- endmacro %}

{% macro add_malformed_lines() -%}
    {% if run_query(
        "select 1 from duckdb_tables()"
        ~ " where temporary and table_name = 'reject_errors'"
    ).rows %}
    {% do run_query(malformed_lines()) %}
    {% endif %}
{%- endmacro %}

{% macro malformed_lines() -%}
    insert into {{ this }} by name
    select
        files.source_file,
        files.file_version,
        {{ load_time() }} as loaded_at,
        'malformed_line' as rejection_reason,
        concat('line ', errors.line, ': ', lower(min(errors.error_type::varchar)))
            as rejection_detail
    from reject_errors as errors
    inner join reject_scans as scans using (scan_id, file_id)
    inner join {{ due_files() }} as files on scans.file_path = files.source_file
    group by files.source_file, files.file_version, errors.line
{%- endmacro %}
