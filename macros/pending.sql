{#
    SQL of what an incremental model has to compute: the rows of the list of what
    is current that the model does not hold yet; all of them if it is new.

    current: its meta, see get_incremental_keep_current_sql.
#}
{% macro pending(current) -%}
    select listed.*
    from {{ ref(current.current_in) }} as listed
    {% if is_incremental() %}
    left join (
        select distinct {{ current["keys"] | join(", ") }}
        from {{ this }}
    ) as built
        on
            {% for key in current["keys"] %}
            listed.{{ key }} = built.{{ key }}
            {{ "and" if not loop.last }}
            {% endfor %}
    where built.{{ current["keys"][0] }} is null
    {% endif %}
{%- endmacro %}
