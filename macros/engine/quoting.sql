{% macro quote_text(text) -%}
    {{ return(adapter.dispatch("quote_text")(text | string)) }}
{%- endmacro %}

{% macro duckdb__quote_text(text) -%}
    {{ return("'" ~ (text | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{% macro spark__quote_text(text) -%}
    {{ return("'" ~ (text | replace("\\", "\\\\") | replace("'", "\\'")) ~ "'") }}
{%- endmacro %}

{% macro quote_name(name) -%}
    {{ return('"' ~ (name | replace('"', '""')) ~ '"') }}
{%- endmacro %}

{% macro quote_list(texts) -%}
    [{% for text in texts %}{{ quote_text(text) }}{{ ", " if not loop.last }}{% endfor %}]
{%- endmacro %}

{% macro quote_tuple(texts) -%}
    ({% for text in texts %}{{ quote_text(text) }}, {% endfor %}'')
{%- endmacro %}
