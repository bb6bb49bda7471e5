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
    {% set lines_in = formats.csv + formats.gzip %}
    {% if lines_in %}
    {% for file in lines_in %}{% do ask("check_bytes", [file]) %}{% endfor %}
    {% do run_query(duckdb__count_lines(formats)) %}
    select
        names.source_file,
        coalesce(max(lines.line_count), 0) + count(distinct errors.line)
            as record_count,
        lines.is_well_quoted
    from unnest({{ quote_list(lines_in) }}) as names (source_file)
    left join counted_lines as lines on names.source_file = lines.source_file
    left join uncounted_scans as scans on names.source_file = scans.file_path
    left join uncounted_lines as errors
        on scans.scan_id = errors.scan_id and scans.file_id = errors.file_id
    group by names.source_file, lines.is_well_quoted
    {% endif %}
    {% if lines_in and formats.parquet %}union all{% endif %}
    {% if formats.parquet %}
    select
        file_name as source_file,
        num_rows as record_count,
        true as is_well_quoted
    from parquet_file_metadata({{ duckdb__file_list(formats.parquet) }})
    {% endif %}
{%- endmacro %}

{% macro spark__count_records(files) -%}
    {% set formats = by_format(files) %}
    {% set csv = spark__read_exports(formats.csv + formats.gzip, "csv") %}
    {% set parquet = spark__read_exports(formats.parquet, "parquet") %}
    {% if csv %}
    select
        source_file,
        count(*) as record_count,
        count(*) filter (
            where line like '%"%' and not {{ matches(
                "line",
                '(?:"(?:[^"]++|"")*+"|[^",]*+)(?:,(?:"(?:[^"]++|"")*+"|[^",]*+))*+'
            ) }}
        ) = 0 as is_well_quoted
    from {{ csv }}
    group by source_file
    {% endif %}
    {{ "union all" if csv and parquet }}
    {% if parquet %}
    select
        source_file,
        count(*) as record_count,
        true as is_well_quoted
    from {{ parquet }}
    group by source_file
    {% endif %}
{%- endmacro %}
