{# Whether all values of a column's type are whole numbers that a bigint holds. #}
{% macro is_integer_type(type) -%}
    {{ return(type in ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]) }}
{%- endmacro %}
