{# A text as an SQL literal, whatever it holds. #}
{% macro quote_text(text) -%}
    {{ return(adapter.dispatch("quote_text")(text | string)) }}
{%- endmacro %}

{% macro duckdb__quote_text(text) -%}
    {{ return("'" ~ (text | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{% macro spark__quote_text(text) -%}
    {{ return("'" ~ (text | replace("\\", "\\\\") | replace("'", "\\'")) ~ "'") }}
{%- endmacro %}
