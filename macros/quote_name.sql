{# A column's name as an SQL identifier, whatever it holds. #}
{% macro quote_name(name) -%}
    {{ return(adapter.dispatch("quote_name")(name)) }}
{%- endmacro %}

{% macro default__quote_name(name) -%}
    {{ return('"' ~ (name | replace('"', '""')) ~ '"') }}
{%- endmacro %}

{% macro spark__quote_name(name) -%}
    {{ return("`" ~ (name | replace("`", "``")) ~ "`") }}
{%- endmacro %}
