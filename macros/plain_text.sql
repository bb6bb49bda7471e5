{#
    A column as text, without blanks around it and without the ".0" that a number
    gets among fractions; null if nothing is left.

    type: its type, by which the engines would write a fraction otherwise.
#}
{% macro plain_text(column, type) -%}
    {%- set written = dbt.cast(column, dbt.type_string()) -%}
    {%- if type.split("(")[0] in ["FLOAT", "DOUBLE", "DECIMAL"] -%}
    coalesce(
        {{ dbt.cast(whole_number(column, type), dbt.type_string()) }}, {{ written }}
    )
    {%- else -%}
    {%- set text = "trim(" ~ written ~ ")" -%}
    nullif(case
        when {{ text }} like '%.0' and {{ matches(text, "[0-9]+[.]0") }}
            then left({{ text }}, length({{ text }}) - 2)
        else {{ text }}
    end, '')
    {%- endif -%}
{%- endmacro %}
