{# A short text that changes when records would be read otherwise than before. #}
{% macro settings_version() -%}
    {{ return(local_md5(tojson([
        xdr_mapping(), var("xdr_duration_unit"), var("xdr_timestamp_formats")
    ], sort_keys=true))[:8]) }}
{%- endmacro %}
