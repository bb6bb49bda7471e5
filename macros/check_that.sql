{# End the build unless what is promised of a var holds. #}
{% macro check_that(holds, name, promise) -%}
    {% if not holds %}
        {% do exceptions.raise_compiler_error(
            "vars: " ~ name ~ " " ~ promise ~ "; see vars in dbt_project.yml."
        ) %}
    {% endif %}
{%- endmacro %}
