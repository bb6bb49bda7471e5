{#
    A number that equal records share, and others hardly ever: it finds who to
    compare, and proves nothing. Not stored, since engines hash as they like.
#}
{% macro record_key() -%}
    {{ return(adapter.dispatch("record_key")(
        ["user_id", "ended_at", "dl_bytes", "ul_bytes"]
    )) }}
{%- endmacro %}

{% macro duckdb__record_key(columns) -%}
    hash({{ columns | join(", ") }})
{%- endmacro %}
