{#
    A short text that changes when records would be read otherwise than before: by
    another mapping, or under another key.
#}
{% macro settings_version() -%}
    {% set settings = [
        xdr_mapping(), var("xdr_duration_unit"), var("xdr_timestamp_formats")
    ] %}
    {% if is_pseudonymised() %}{% do settings.append(key_fingerprint()) %}{% endif %}
    {{ return(local_md5(tojson(settings, sort_keys=true))[:8]) }}
{%- endmacro %}
