{#
    One row per file: source_file, record_count (counted apart from the reader
    that parses them) and is_well_quoted: whether every line's quotes pair up.
    Where they do not, one stray quote would swallow all lines up to the next, so
    that file is read without a quote character.

    files: names of files, of any format.
#}
{% macro count_records(files) -%}
    {{ return(adapter.dispatch("count_records")(files)) }}
{%- endmacro %}

{% macro duckdb__count_records(files) -%}
    {% set formats = by_format(files) %}
    {% if formats.csv %}
    select
        filename as source_file,
        count(*) as record_count,
        count(*) filter (
            where contains(line, '"') and not regexp_full_match(
                line,
                '("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*\r?'
            )
        ) = 0 as is_well_quoted
    from read_csv(
        {{ quote_list(formats.csv) }},
        columns = {'line': 'varchar'},
        auto_detect = false,
        header = true,
        delim = '\x01',
        quote = '',
        escape = '',
        ignore_errors = true, -- a line that is not UTF-8 is null, not passed over
        filename = true
    )
    where line is null or rtrim(line, chr(13)) <> ''
    group by all
    {% endif %}
    {% if formats.csv and formats.parquet %}union all{% endif %}
    {% if formats.parquet %}
    select
        file_name as source_file,
        num_rows as record_count,
        true as is_well_quoted
    from parquet_file_metadata({{ quote_list(formats.parquet) }})
    {% endif %}
{%- endmacro %}
