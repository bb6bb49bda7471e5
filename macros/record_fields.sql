{# The columns that make a record what it is; two that agree in all are one. #}
{% macro record_fields() -%}
    {{ return([
        "user_id", "started_at", "ended_at", "duration_ms", "location",
        "dl_bytes", "ul_bytes",
    ] + application_columns()) }}
{%- endmacro %}
