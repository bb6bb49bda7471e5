{# A block of the key, which keep_key has set as a variable of the session. #}
{% macro spark__key_block(name) -%}
    coalesce(
        {{ name }},
        cast(raise_error('DBT_ENV_SECRET_PSEUDONYM_KEY is not set') as binary)
    )
{%- endmacro %}
