{#
    What this build has to do about files: {new, leaving}, as plan_load in
    python/engagement/exports.py describes it.
#}
{% macro load_plan() -%}
    {% set loaded = {} %}
    {% set files = loaded_files() %}
    {% if files %}
        {% for row in run_query(
            "select source_file, file_version from " ~ files
        ) %}
            {% do loaded.update({row[0]: row[1]}) %}
        {% endfor %}
    {% endif %}
    {{ return(ask("plan_load", [xdr_path(), tojson(loaded), settings_version()])) }}
{%- endmacro %}
