{# Split names of files by how they are read: {csv, gzip, parquet}. #}
{% macro by_format(files) -%}
    {% set formats = {"csv": [], "gzip": [], "parquet": []} %}
    {% for file in files %}
        {% do formats[format_of(file)].append(file) %}
    {% endfor %}
    {{ return(formats) }}
{%- endmacro %}
