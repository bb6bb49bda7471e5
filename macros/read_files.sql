{#
    SQL that reads files of one layout, each record with its source_file.
    Malformed lines go to the reader's own rejects; see add_malformed_lines.
    Columns that no var maps are counted and not named: nothing can read them.

    layout: {files, columns, format, is_well_quoted}.
#}
{% macro read_files(layout) -%}
    {{ return(adapter.dispatch("read_files")(layout)) }}
{%- endmacro %}

{% macro duckdb__read_files(layout) -%}
    {% if layout.format == "parquet" %}
        {# longer than any of the export's names, and so none of them -#}
        {% set longest = layout.columns | map(attribute="name") | map("length") | max %}
        {% set file = "_" * (longest + 1) %}
        {% set relation -%}
            (
                select
                    {{ mapped_columns() | join(", ") }},
                    {{ quote_name(file) }} as source_file
                from read_parquet(
                    {{ duckdb__file_list(layout.files) }},
                    filename = {{ quote_text(file) }},
                    hive_partitioning = false
                )
            ) as records
        {%- endset %}
    {% else %}
        {% set quote = '"' if layout.is_well_quoted else "" %}
        {% set mapped = xdr_mapping() | map(attribute="column") | list %}
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
        {% set relation = duckdb__read_csv(layout.files, layout.format, options) %}
    {% endif %}
    {{ return(relation) }}
{%- endmacro %}

{% macro spark__read_files(layout) -%}
    {% if layout.format == "parquet" %}
        {{ return(spark__read_exports(layout.files, "parquet")) }}
    {% endif %}
    {% set schema = [] %}
    {% set mapped = [] %}
    {% set names = xdr_mapping() | map(attribute="column") | list %}
    {% for column in layout.columns %}
        {% do schema.append("c" ~ loop.index ~ " string") %}
        {% if column.name in names %}
            {% do mapped.append(
                "fields.c" ~ loop.index ~ " as " ~ quote_name(column.name)
            ) %}
        {% endif %}
    {% endfor %}
    {% set relation -%}
        (
            select
                {{ mapped | join(", ") }},
                source_file
            from (
                select
                    from_csv(
                        line,
                        '{{ schema | join(", ") }}',
                        map('quote', {{ "'\"', 'escape', '\"'" if layout.is_well_quoted
                            else "'', 'escape', ''" }})
                    ) as fields,
                    source_file
                from {{ spark__read_exports(layout.files, "csv") }}
                where {{ spark__line_fault(layout) }} is null
            ) as parted
        ) as records
    {%- endset %}
    {{ return(relation) }}
{%- endmacro %}
