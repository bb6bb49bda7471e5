{#
    Fill the temporary table counted_lines, one row per CSV file: source_file,
    line_count and is_well_quoted. The reader keeps lines that are no UTF-8 or are
    too long apart, in uncounted_lines. Temporary tables, since a table function
    leaves its rejects nowhere else, and only when it is done.

    formats: names of files, see by_format.
#}
{% macro duckdb__count_lines(formats) -%}
    drop table if exists temp.uncounted_lines;
    drop table if exists temp.uncounted_scans;
    {% set options -%}
        columns = {'line': 'varchar'},
        delim = '\x01',
        quote = '',
        escape = '',
        rejects_table = 'uncounted_lines',
        rejects_scan = 'uncounted_scans'
    {%- endset %}
    create or replace temporary table counted_lines as
    select
        source_file,
        count(*) as line_count,
        count(*) filter (
            where contains(line, '"') and not regexp_full_match(
                line,
                '("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*\r?'
            )
        ) = 0 as is_well_quoted
    from (
        {% for format in ["csv", "gzip"] if formats[format] %}
        {{ "union all" if not loop.first }}
        select * from {{ duckdb__read_csv(formats[format], format, options) }}
        {% endfor %}
    ) as lines
    where rtrim(line, chr(13)) <> ''
    group by all
{%- endmacro %}
