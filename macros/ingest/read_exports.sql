{% macro due_layouts() -%}
    {% if not is_building() or target.type != "duckdb" %}
        {{ return([no_records()]) }}
    {% endif %}
    {% do list_files(load_plan()) %}
    {{ return(layouts_of(run_query(
        "select source_file, is_well_quoted from " ~ due_files()
        ~ " as files order by source_file"
    )) or [no_records()]) }}
{%- endmacro %}

{% macro layouts_of(files) -%}
    {% set layouts = {} %}
    {% for row in files %}
        {% set columns = ask("read_header", [row[0]]) %}
        {% set format = format_of(row[0]) %}
        {% set layout = layouts.setdefault(
            tojson([format, row[1], columns]),
            {"files": [], "columns": columns, "format": format,
             "is_well_quoted": row[1]},
        ) %}
        {% do layout.files.append(row[0]) %}
    {% endfor %}
    {% for layout in layouts.values() %}
        {% set types = {} %}
        {% for column in layout.columns %}
            {% do types.update({column.name: column.type}) %}
        {% endfor %}
        {% do layout.update({"relation": read_files(layout), "types": types}) %}
    {% endfor %}
    {{ return(layouts.values() | list) }}
{%- endmacro %}

{# A layout with the mapped columns and no row. #}
{% macro no_records() -%}
    {% set types = {} %}
    {% set columns = ["cast(null as varchar) as source_file"] %}
    {% for entry in xdr_mapping() if entry.column not in types %}
        {% do types.update({entry.column: "VARCHAR"}) %}
        {% do columns.append(
            "cast(null as varchar) as " ~ quote_name(entry.column)
        ) %}
    {% endfor %}
    {{ return({
        "relation": "(select " ~ columns | join(", ") ~ " where false) as nothing",
        "types": types,
    }) }}
{%- endmacro %}

{#
    SQL that reads files of one layout, each record with its source_file.
    Columns that no var maps are counted and not named: nothing can read them.
#}
{% macro read_files(layout) -%}
    {% set mapped = xdr_mapping() | map(attribute="column") | list %}
    {% if layout.format == "parquet" %}
        {# longer than any of the export's names, and so none of them -#}
        {% set longest = layout.columns | map(attribute="name") | map("length") | max %}
        {% set file = "_" * (longest + 1) %}
        {% set relation -%}
            (
                select
                    {{ mapped_columns() | join(", ") }},
                    {{ file }} as source_file
                from read_parquet(
                    {{ file_list(layout.files) }},
                    filename = '{{ file }}',
                    hive_partitioning = false
                )
            ) as records
        {%- endset %}
        {{ return(relation) }}
    {% endif %}
    {% set quote = '"' if layout.is_well_quoted else "" %}
    {% set options -%}
        columns = {
            {%- for column in layout.columns -%}
            {{ quote_text(
                column.name if column.name in mapped
                else "unread " ~ loop.index
            ) }}: 'varchar'{{ ", " if not loop.last }}
            {%- endfor -%}
        },
        delim = ',',
        quote = '{{ quote }}',
        escape = '{{ quote }}'
    {%- endset %}
    {{ return(read_csv(layout.files, layout.format, options)) }}
{%- endmacro %}

{#
    SQL that reads CSV files into text columns, as all that read them have to agree:
    what one takes for a line, a file or a reject, another would count otherwise.
#}
{% macro read_csv(files, format, options) -%}
    read_csv(
        {{ file_list(files) }},
        auto_detect = false,
        header = true,
        compression = '{{ "gzip" if format == "gzip" else "none" }}',
        filename = 'source_file',
        hive_partitioning = false,
        store_rejects = true,
        rejects_limit = 0,
        {{ options }}
    )
{%- endmacro %}

{# A list for DuckDB's readers, in which [, * and ? stand for themselves. #}
{% macro file_list(files) -%}
    {% set names = [] %}
    {% for file in files %}
        {% do names.append(modules.re.sub("[*?[]", "[\\g<0>]", file)) %}
    {% endfor %}
    {{ return(quote_list(names)) }}
{%- endmacro %}

{# How a file is read; read_header refuses one that is something else. #}
{% macro format_of(file) -%}
    {% set suffixes = {".gz": "gzip", ".parquet": "parquet"} %}
    {% for suffix, format in suffixes.items() if file.lower().endswith(suffix) %}
        {{ return(format) }}
    {% endfor %}
    {{ return("csv") }}
{%- endmacro %}
