{#
    A text, or its pseudonym if all of it is a number of 10 digits or more, however
    written: where columns have shifted, a location is a subscriber.
#}
{% macro hide_number(column) -%}
    case
        when {{ matches(column, "[+(]*([0-9][-. ()/]*){10,}(E[+]?[0-9]+)?") }}
            then {{ pseudonym(plain_digits(column)) }}
        else {{ column }}
    end
{%- endmacro %}
