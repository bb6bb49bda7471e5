{% macro pseudonym(column) -%}
    {%- set inner = key_block("pseudonym_inner") -%}
    {%- set outer = key_block("pseudonym_outer") -%}
    left(
        sha256({{ outer }} || unhex(sha256({{ inner }} || encode({{ column }})))),
        24
    )
{%- endmacro %}

{#
    A block of the key, which the plugin sets as a variable of the connection.
    The casts matter: coalesce of two untyped nulls returns null, not an error.
#}
{% macro key_block(name) -%}
    coalesce(
        cast(getvariable('{{ name }}') as blob),
        cast(error('DBT_ENV_SECRET_PSEUDONYM_KEY is not set') as blob)
    )
{%- endmacro %}

{% macro is_pseudonymised() -%}
    {{ return(key_fingerprint() != "") }}
{%- endmacro %}

{% macro key_fingerprint() -%}
    {{ return(ask("key_fingerprint", []) if execute else "") }}
{%- endmacro %}
