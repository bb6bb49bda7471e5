{#
    A block of the key, which the plugin has set as a variable of the connection.
    The casts matter: coalesce of two untyped nulls is null and no error.
#}
{% macro duckdb__key_block(name) -%}
    coalesce(
        cast(getvariable('{{ name }}') as blob),
        cast(error('DBT_ENV_SECRET_PSEUDONYM_KEY is not set') as blob)
    )
{%- endmacro %}
