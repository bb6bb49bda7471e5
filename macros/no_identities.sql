{# SQL of the table of identities without a row. #}
{% macro no_identities() -%}
    select
        cast(null as {{ dbt.type_string() }}) as user_id,
        cast(null as {{ dbt.type_string() }}) as msisdn
    where false
{%- endmacro %}
