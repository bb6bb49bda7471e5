{#
    SQL that reads CSV files into text columns, as all that read them have to agree:
    what one takes for a line, a file or a reject, another would count otherwise.

    files: names of files. format: csv or gzip, see format_of. options: SQL of the
    further options.
#}
{% macro duckdb__read_csv(files, format, options) -%}
    read_csv(
        {{ duckdb__file_list(files) }},
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
