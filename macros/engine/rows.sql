{% macro no_rows(columns) -%}
    select
        {% for column, type in columns.items() %}
        cast(null as {{ dbt.type_string() if type == "string" else type }})
            as {{ column }}{{ "," if not loop.last }}
        {% endfor %}
    where false
{%- endmacro %}
