{# End the build unless a var is a whole number between two bounds. #}
{% macro check_range(name, lowest, highest) -%}
    {% set value = var(name) %}
    {% do check_that(
        value is integer and value is not boolean and lowest <= value <= highest,
        name,
        "is a whole number from " ~ lowest ~ " to " ~ highest ~ ", not '" ~ value ~ "'"
    ) %}
{%- endmacro %}
