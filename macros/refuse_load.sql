{# End the build over what was just loaded, and leave none of it. #}
{% macro refuse_load(reason) -%}
    {% do undo_load() %}
    {% do exceptions.raise_compiler_error(reason) %}
{%- endmacro %}
