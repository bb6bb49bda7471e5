{# SQL of the property of a table in which its version is noted. #}
{% macro spark__version_property(version) -%}
    tblproperties ('engagement.version' = {{ quote_text(version) }})
{%- endmacro %}
