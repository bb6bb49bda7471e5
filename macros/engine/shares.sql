{% macro share_of_total(column) -%}
        coalesce(
            cast({{ column }} as double)
            / nullif(cast(sum({{ column }}) over () as double), 0),
            0
        )
{%- endmacro %}
