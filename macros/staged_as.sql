{#
    How stg_xdr__records is materialised. On Spark it reads views and variables of
    the session, which no lasting view may: it becomes a part of what reads it.
#}
{% macro staged_as() -%}
    {{ return(adapter.dispatch("staged_as")()) }}
{%- endmacro %}

{% macro duckdb__staged_as() -%}
    {{ return("view") }}
{%- endmacro %}

{% macro spark__staged_as() -%}
    {{ return("ephemeral") }}
{%- endmacro %}
