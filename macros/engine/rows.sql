{% macro no_rows(relation, columns) -%}
    select
        {% for column, type in columns.items() %}
        cast(null as {{ dbt.type_string() if type == "string" else type }})
            as {{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from {{ relation }}
    where false
{%- endmacro %}
