{#
    A text, or its pseudonym if all of it is a number of 10 digits or more, however
    written: where columns have shifted, a location is a subscriber. Of an exponent
    above 14 it is none, whose number has 15 digits at most.
#}
{% macro hide_number(column) -%}
    case
        when {{ matches(column, "[+(]*([0-9][-. ()/]*){10,}(E[+]?(0?9|1[0-4]))?") }}
            then {{ pseudonym(plain_digits(column)) }}
        else {{ column }}
    end
{%- endmacro %}
