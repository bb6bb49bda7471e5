{#
    Check vars and exports before any model runs; the first fault ends the build
    with a sentence that names the file, the column and the setting.
#}
{% macro check_settings() -%}
    {% if execute and flags.WHICH in ("build", "run") %}
        {% do check_vars() %}
        {% for export in load_plan().new %}
            {% do check_columns(export.file) %}
        {% endfor %}
    {% endif %}
{%- endmacro %}
