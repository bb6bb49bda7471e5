{# Split names of files by the reader they need: {csv, parquet}. #}
{% macro by_format(files) -%}
    {% set formats = {"csv": [], "parquet": []} %}
    {% for file in files %}
        {% set format = "parquet" if file.lower().endswith(".parquet") else "csv" %}
        {% do formats[format].append(file) %}
    {% endfor %}
    {{ return(formats) }}
{%- endmacro %}
