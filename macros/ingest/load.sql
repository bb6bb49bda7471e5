{% materialization load, adapter="duckdb" %}
    {% set files = source("state", "files_of_build") %}
    {% set loaded = source("state", "files_loaded") %}
    {% set identities = source("private", "user_identities") %}
    {% if has_records() and not run_query(
        "select * exclude (is_due) from " ~ files ~ " except from " ~ loaded
        ~ " union all (from " ~ loaded ~ " except select * exclude (is_due) from "
        ~ files ~ ")"
    ).rows %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [this.incorporate(type="table")]}) }}
    {% endif %}
    {% set holds_others = built_relation("table") and run_query(
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
        where (source_file, loaded_at) not in (
            select (source_file, loaded_at) from {{ files }}
        );
        insert into {{ this }} by name
        {% else %}
        create or replace table {{ this }} as
        {% endif %}
        {{ sql }}
    {% endcall %}

    {#- DuckDB lists the lines that it could not split only after it has read all. -#}
    {% do add_malformed_lines() %}

    {#- A load that looks wrong as a whole is refused before anybody sees it. -#}
    {% do guard_load() %}

    {#- No table of records holds numbers, so the files are read again for them. -#}
    {% do run_query("create schema if not exists " ~ identities.schema) %}
    {% do run_query(replace_table(identities, identities_of())) %}

    {#- Last, because the steps above compare with what was loaded before. -#}
    {% do run_query(replace_table(
        loaded, "select * exclude (is_due) from " ~ files
    )) %}

    {% do finish("table", built_from()) %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

{# Drop all tables that are made from records; views hold none. #}
{% macro start_over() -%}
    {% for node in graph.nodes.values() if flags.FULL_REFRESH
        and node.config.materialized in ["fit", "incremental", "table"] %}
        {% set table = adapter.get_relation(node.database, node.schema, node.alias) %}
        {% if table %}{% do adapter.drop_relation(table) %}{% endif %}
    {% endfor %}
{%- endmacro %}

{# The tables of rejects exist only if the reader has read a line. #}
{% macro add_malformed_lines() -%}
    {% if run_query(
        "from duckdb_tables() where temporary and table_name = 'reject_errors'"
    ).rows %}
    {% call statement("malformed_lines") %}
        insert into {{ this }} by name
        select
            files.source_file,
            {{ load_time() }} as loaded_at,
            errors.line as line_number,
            'malformed_line' as rejection_reason,
            concat(
                'line ', errors.line, ': ', lower(min(errors.error_type::varchar)),
                case when min(errors.error_type::varchar) = 'INVALID ENCODING'
                    then ', see var xdr_csv.encoding' end
            ) as rejection_detail
        from reject_errors as errors
        inner join reject_scans as scans using (scan_id, file_id)
        inner join {{ due_files() }} as files
            on scans.file_path = files.source_file
        group by files.source_file, errors.line
    {% endcall %}
    {% endif %}
{%- endmacro %}
