{# Whether DBT_ENV_SECRET_PSEUDONYM_KEY is set, so that no number may show. #}
{% macro is_pseudonymised() -%}
    {{ return(key_fingerprint() != "") }}
{%- endmacro %}
