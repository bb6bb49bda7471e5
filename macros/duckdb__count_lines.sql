{#
    Fill the temporary table counted_lines, one row per CSV file: source_file,
    line_count and is_well_quoted. The reader keeps lines that are no UTF-8 or are
    too long apart, in uncounted_lines. Temporary tables, since a table function
    leaves its rejects nowhere else, and only when it is done.

    files: names of CSV files.
#}
{% macro duckdb__count_lines(files) -%}
    drop table if exists temp.uncounted_lines;
    drop table if exists temp.uncounted_scans;
    create or replace temporary table counted_lines as
    select
        filename as source_file,
        count(*) as line_count,
        count(*) filter (
            where contains(line, '"') and not regexp_full_match(
                line,
                '("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*\r?'
            )
        ) = 0 as is_well_quoted
    from read_csv(
        {{ duckdb__file_list(files) }},
        columns = {'line': 'varchar'},
        auto_detect = false,
        header = true,
        delim = '\x01',
        quote = '',
        escape = '',
        filename = true,
        hive_partitioning = false,
        store_rejects = true,
        rejects_table = 'uncounted_lines',
        rejects_scan = 'uncounted_scans',
        rejects_limit = 0
    )
    where rtrim(line, chr(13)) <> ''
    group by all
{%- endmacro %}
