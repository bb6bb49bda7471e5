{# Names of the columns of a session that are summed. #}
{% macro summed_columns() -%}
    {{ return(["duration_ms", "dl_bytes", "ul_bytes"] + application_columns()) }}
{%- endmacro %}
