{#
    The dates are written into the SQL: DuckDB then reads no other days, and knows
    that sums fit in a bigint.
#}
{% macro in_period(column, which="") -%}
    {% set period = ref("engagement_period") %}
    {% set days = [] %}
    {% if execute and load_relation(period) %}
        {% do days.extend(run_query(
            "select " ~ which ~ "starts_on, " ~ which ~ "ends_on from " ~ period
        )[0].values() | select) %}
    {% endif %}
    {% if days %}
    {{ column }} between date '{{ days[0] }}' and date '{{ days[1] }}'
    {% else %}
    false
    {% endif %}
{%- endmacro %}
