{#
    A text's HMAC-SHA256 under the key, 96 bits of it as 24 hex digits; null of
    null. Without the key it fails: null would make all users one.
#}
{% macro pseudonym(column) -%}
    {{ return(adapter.dispatch("pseudonym")(column)) }}
{%- endmacro %}

{% macro duckdb__pseudonym(column) -%}
    {%- set inner = duckdb__key_block("pseudonym_inner") -%}
    {%- set outer = duckdb__key_block("pseudonym_outer") -%}
    left(
        sha256({{ outer }} || unhex(sha256({{ inner }} || encode({{ column }})))),
        24
    )
{%- endmacro %}

{% macro spark__pseudonym(column) -%}
    {%- set inner = "concat(" ~ spark__key_block("pseudonym_inner")
        ~ ", encode(" ~ column ~ ", 'UTF-8'))" -%}
    {%- set outer = spark__key_block("pseudonym_outer") -%}
    left(sha2(concat({{ outer }}, unhex(sha2({{ inner }}, 256))), 256), 24)
{%- endmacro %}
