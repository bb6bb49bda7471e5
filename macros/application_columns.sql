{# Names of the columns that hold the applications' bytes, downlink and uplink. #}
{% macro application_columns() -%}
    {% set columns = [] %}
    {% for application in var("applications") %}
        {% do columns.append(application.name ~ "_dl_bytes") %}
        {% do columns.append(application.name ~ "_ul_bytes") %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}
