{# A column's share of its sum over all rows, 0 to 1; 0 where there is nothing. #}
{% macro share_of_total(column) -%}
        coalesce(
            cast({{ column }} as double)
            / nullif(cast(sum({{ column }}) over () as double), 0),
            0
        )
{%- endmacro %}
