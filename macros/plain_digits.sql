{#
    A subscriber's number without what spreadsheets add: blanks, a plus, ".0", ".00".
    Nearly all are plain already: to look is cheaper than to trim.
#}
{% macro plain_digits(column) -%}
    {%- set written = dbt.cast(column, dbt.type_string()) -%}
    {%- set text -%}
        trim(leading '+' from trim({{ written }}))
    {%- endset -%}
    case
        when {{ matches(written, "[0-9]+") }} then {{ written }}
        when {{ text }} like '%.%0'
            then nullif(regexp_replace({{ text }}, '[.]0+$', ''), '')
        else nullif({{ text }}, '')
    end
{%- endmacro %}
