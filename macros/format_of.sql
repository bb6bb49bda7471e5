{#
    How a file is read: csv, gzip (of CSV) or parquet. Its name says so, and
    read_header refuses a file that is something else.
#}
{% macro format_of(file) -%}
    {% set suffixes = {".gz": "gzip", ".parquet": "parquet"} %}
    {% for suffix, format in suffixes.items() if file.lower().endswith(suffix) %}
        {{ return(format) }}
    {% endfor %}
    {{ return("csv") }}
{%- endmacro %}
