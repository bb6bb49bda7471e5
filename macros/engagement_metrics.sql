{# Names of the three metrics of engagement. #}
{% macro engagement_metrics() -%}
    {{ return(["session_count", "duration_ms", "total_bytes"]) }}
{%- endmacro %}
