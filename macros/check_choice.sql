{# End the build unless a var is one of the choices. #}
{% macro check_choice(name, choices) -%}
    {% do check_that(
        var(name) in choices, name,
        "is one of " ~ choices | join(", ") ~ ", not '" ~ var(name) ~ "'"
    ) %}
{%- endmacro %}
