{# The export's columns that vars map, each once, as SQL identifiers. #}
{% macro mapped_columns() -%}
    {% set columns = [] %}
    {% for name in xdr_mapping() | map(attribute="column") | unique %}
        {% do columns.append(quote_name(name)) %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}
