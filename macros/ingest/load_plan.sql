{% macro load_plan() -%}
    {% set loaded = {} %}
    {% if has_records() %}
        {% for row in run_query(
            "select source_file, file_version from "
            ~ source("state", "files_loaded")
        ) %}
            {% do loaded.update({row[0]: row[1]}) %}
        {% endfor %}
    {% endif %}
    {% set path = env_var("XDR_PATH", "") or "seeds/xdr_sample.csv" %}
    {{ return(ask("plan_load", [path, tojson(loaded), settings_version()])) }}
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

{% macro has_records() -%}
    {{ return(not flags.FULL_REFRESH and adapter.get_relation(
        target.database, "staging", "stg_xdr__records"
    ) is not none) }}
{%- endmacro %}

{% macro load_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}

{% macro is_building() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "retry"]) }}
{%- endmacro %}
