{# When this build began, UTC: the loaded_at of all that it loads. #}
{% macro load_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
