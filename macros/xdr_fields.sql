{# The fields an export may hold, beside its applications. #}
{% macro xdr_fields() -%}
    {{ return({
        "required": [
            "user_id", "started_at", "ended_at", "duration", "dl_bytes", "ul_bytes",
        ],
        "optional": ["started_ms", "ended_ms", "location"],
    }) }}
{%- endmacro %}
