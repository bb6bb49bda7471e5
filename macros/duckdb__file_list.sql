{#
    Names of files as DuckDB's readers take them: a list in which [, * and ? stand
    for themselves and not for other files.
#}
{% macro duckdb__file_list(files) -%}
    {% set names = [] %}
    {% for file in files %}
        {% do names.append(modules.re.sub("[*?[]", "[\\g<0>]", file)) %}
    {% endfor %}
    {{ return(quote_list(names)) }}
{%- endmacro %}
