{# A layout (see pending_layouts) with the mapped columns and no row. #}
{% macro no_records() -%}
    {% set types = {} %}
    {% for entry in xdr_mapping() %}
        {% do types.update({entry.column: "VARCHAR"}) %}
    {% endfor %}
    {% set relation -%}
        (
            select
                {% for column in types %}
                cast(null as {{ dbt.type_string() }}) as {{ quote_name(column) }},
                {% endfor %}
                cast(null as {{ dbt.type_string() }}) as source_file
            where false
        ) as nothing
    {%- endset %}
    {{ return({"relation": relation, "types": types, "files": []}) }}
{%- endmacro %}
