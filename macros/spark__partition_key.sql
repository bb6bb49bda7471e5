{# SQL of the name of the partition a row belongs to: one for each of meta.keys. #}
{% macro spark__partition_key() -%}
    md5(concat_ws(' ', {{ config.get("meta")["keys"] | join(", ") }}))
{%- endmacro %}
