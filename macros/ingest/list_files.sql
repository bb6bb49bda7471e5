{% macro list_files(plan) -%}
    {% set kept = loaded_files() %}
    {% set new = plan.new | map(attribute="file") | list %}
    {% set counts = count_records(new) %}
    {% set query %}
    create or replace table {{ source("state", "files_of_build") }} as
    {% if plan.new %}
    with delivered as (
        {% for export in plan.new %}
        select
            {{ quote_text(export.file) }} as source_file,
            {{ quote_text(export.version) }} as file_version,
            cast({{ export.bytes }} as bigint) as file_bytes,
            cast('{{ export.modified_at }}' as timestamp) as modified_at
        {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    counted as (
        {{ counts }}
    )

    select
        delivered.*,
        coalesce(counted.record_count, 0) as record_count,
        coalesce(counted.is_well_quoted, true) as is_well_quoted,
        true as is_due
    from delivered
    left join counted on delivered.source_file = counted.source_file
    {% endif %}
    {{ "union all" if plan.new and kept }}
    {% if kept %}
    select
        *,
        false as is_due
    from {{ kept }}
    where not source_file in {{ quote_tuple(plan.leaving + new) }}
    {% endif %}
    {% endset %}
    {% do run_query(query) %}
{%- endmacro %}

{# SQL of the files that this build has to load, once list_files has run. #}
{% macro due_files() -%}
    (from {{ source("state", "files_of_build") }} where is_due)
{%- endmacro %}

{#
    SQL of one row per file: source_file, record_count (counted apart from the
    reader that parses them) and is_well_quoted: whether every line's quotes pair
    up. Where they do not, one stray quote would swallow all lines up to the next,
    so that file is read without a quote character.
#}
{% macro count_records(files) -%}
    {% set formats = {"csv": [], "gzip": [], "parquet": []} %}
    {% for file in files %}{% do formats[format_of(file)].append(file) %}{% endfor %}
    {% set lines_in = formats.csv + formats.gzip %}
    {% if lines_in %}
    {% for file in lines_in %}{% do ask("check_bytes", [file]) %}{% endfor %}
    {% do run_query(count_lines(formats)) %}
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
    {{ "union all" if lines_in and formats.parquet }}
    {% if formats.parquet %}
    select
        file_name as source_file,
        num_rows as record_count,
        true as is_well_quoted
    from parquet_file_metadata({{ file_list(formats.parquet) }})
    {% endif %}
{%- endmacro %}

{#
    Fill the temporary table counted_lines. The reader keeps lines that are no UTF-8
    or are too long apart, in uncounted_lines. Temporary tables, since a table
    function leaves its rejects nowhere else, and only when it is done.
#}
{% macro count_lines(formats) -%}
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
            where contains(line, '"') and not {{ matches(
                "line", '("([^"]|"")*"|[^",]*)(,("([^"]|"")*"|[^",]*))*\\r?'
            ) }}
        ) = 0 as is_well_quoted
    from (
        {% for format in ["csv", "gzip"] if formats[format] %}
        {{ "union all" if not loop.first }}
        select * from {{ read_csv(formats[format], format, options) }}
        {% endfor %}
    ) as lines
    where rtrim(line, chr(13)) <> ''
    group by all
{%- endmacro %}
