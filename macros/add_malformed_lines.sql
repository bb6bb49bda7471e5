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
