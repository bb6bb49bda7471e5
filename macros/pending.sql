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
        -- by its name: where it is missing, listed would lend its own
        select distinct held.{{ current["keys"] | join(", held.") }}
        from {{ this }} as held
    ) as built
        on
            {% for key in current["keys"] %}
            listed.{{ key }} = built.{{ key }}
            {{ "and" if not loop.last }}
            {% endfor %}
    where built.{{ current["keys"][0] }} is null
    {% endif %}
{%- endmacro %}
