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

{# What to load: XDR_PATH, or the sample that comes with the project. #}
{% macro xdr_path() -%}
    {{ return(env_var("XDR_PATH", "") or "seeds/xdr_sample.csv") }}
{%- endmacro %}

{#
    A short text that changes when records would be read otherwise than before: by
    other vars or, behind a hyphen, under another key.
#}
{% macro settings_version() -%}
    {% set parts = [mapping_version()] %}
    {% if is_pseudonymised() %}
        {% do parts.append(local_md5(key_fingerprint())[:8]) %}
    {% endif %}
    {{ return(parts | join("-")) }}
{%- endmacro %}

{% macro mapping_version() -%}
    {{ return(local_md5(tojson([
        xdr_mapping(), record_columns(), var("xdr_duration_unit"),
        var("xdr_timestamp_formats"),
    ], sort_keys=true))[:8]) }}
{%- endmacro %}

{% macro loaded_files() -%}
    {% set has_records = adapter.get_relation(
        target.database, "staging", "stg_xdr__records"
    ) %}
    {% if has_records and not flags.FULL_REFRESH %}
        {{ return(source("state", "files_loaded")) }}
    {% endif %}
    {{ return(none) }}
{%- endmacro %}

{% macro load_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}

{% macro is_building() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "retry"]) }}
{%- endmacro %}
