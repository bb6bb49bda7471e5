{# A subscriber's number without what spreadsheets add: blanks, a plus, ".0". #}
{% macro plain_digits(column) -%}
    {%- set text -%}
        trim(leading '+' from trim(cast({{ column }} as {{ dbt.type_string() }})))
    {%- endset -%}
    nullif(
        case
            when {{ text }} like '%.0'
                then regexp_replace({{ text }}, '[.]0+$', '')
            else {{ text }}
        end, ''
    )
{%- endmacro %}
