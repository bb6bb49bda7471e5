{#
    The relation that lists which files int_records_loaded holds, or none before
    the first load; see keep_file_list.
#}
{% macro loaded_files() -%}
    {% if built_relation("intermediate", "int_records_loaded") %}
        {{ return(built_relation("intermediate", "files_loaded")) }}
    {% endif %}
{%- endmacro %}
