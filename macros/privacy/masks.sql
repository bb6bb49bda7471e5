{#
    Where columns have shifted, a location is a subscriber. With an exponent above
    14 a number is none, since subscribers' numbers have 15 digits at most.
#}
{% macro hide_number(column) -%}
    case
        when {{ matches(
            column, "[+(]*([0-9][-. ()/]*){10,}(E[+]?(0?9|1[0-4]))?"
        ) }}
            then {{ pseudonym(plain_digits(column)) }}
        else {{ column }}
    end
{%- endmacro %}

{% macro mask_digits(column) -%}
    regexp_replace({{ column }}, '\pN', '9', 'g')
{%- endmacro %}
