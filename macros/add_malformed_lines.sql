{#
    Add the lines that the CSV reader could not part into columns, which it
    leaves in tables of this connection. Runs in the transaction of the load.
#}
{% macro add_malformed_lines() -%}
    {{ return(adapter.dispatch("add_malformed_lines")()) }}
{%- endmacro %}

{% macro duckdb__add_malformed_lines() -%}
    {% if execute %}
    {% set rejects = run_query(
        "select count(*) from duckdb_tables()"
        ~ " where temporary and table_name = 'reject_errors'"
    )[0][0] %}
    {% if rejects %}
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
    inner join {{ ref("stg_xdr__files") }} as files
        on scans.file_path = files.source_file
    group by files.source_file, files.file_version, errors.line
    {% endif %}
    {% endif %}
{%- endmacro %}

{#
    A line's number is that of the lines in the blocks before its own, plus that of
    those before it in its block, where Spark numbers rows without a gap.
#}
{% macro spark__add_malformed_lines() -%}
    {% if execute %}
    {% for layout in pending_layouts()
        if layout.files and layout.format != "parquet" %}
    {% set files = run_query(
        spark__short_files(layout.files)
    ).columns[0].values() | list %}
    {% if files %}
    {% set faults -%}
        with lines as (
            select
                source_file,
                block,
                monotonically_increasing_id() as line_id,
                case
                    when line <> '' then {{ spark__line_fault(layout) }}
                end as fault
            from {{ spark__read_exports(files, "text") }}
        ),

        blocks as (
            select
                source_file,
                block,
                min(line_id) as first_id,
                count(*) as line_count,
                collect_list(struct(line_id, fault)) filter (
                    where fault is not null
                ) as faults
            from lines
            group by source_file, block
        ),

        placed as (
            select
                source_file,
                faults,
                coalesce(sum(line_count) over (
                    partition by source_file order by block asc nulls last
                    rows between unbounded preceding and 1 preceding
                ), 0) - first_id + 1 as first_line
            from blocks
        ),

        faulty as (
            select
                source_file,
                first_line,
                explode(faults) as line
            from placed
        )

        select
            files.source_file,
            files.file_version,
            {{ load_time() }} as loaded_at,
            'malformed_line' as rejection_reason,
            concat(
                'line ', faulty.first_line + faulty.line.line_id,
                ': ', faulty.line.fault
            ) as rejection_detail
        from faulty
        inner join {{ ref("stg_xdr__files") }} as files
            on faulty.source_file = files.source_file
    {%- endset %}
    {% do run_query(spark__insert_keyed("into", this, faults)) %}
    {% endif %}
    {% endfor %}
    {% endif %}
{%- endmacro %}
