{# Drop partitions of a table, by their partition_key. #}
{% macro spark__drop_partitions(relation, names) -%}
    {% if names | length > 0 %}
    {% set partitions = [] %}
    {% for name in names %}
        {% do partitions.append("partition (partition_key = '" ~ name ~ "')") %}
    {% endfor %}
    {% do run_query(
        "alter table " ~ relation ~ " drop if exists " ~ partitions | join(", ")
    ) %}
    {% endif %}
{%- endmacro %}
