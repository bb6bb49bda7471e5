{#
    If a small group is left out, so are the next larger ones until one of them has
    enough users: otherwise totals would reveal the small group. The counts of small
    groups do not add up, as the same users may be in all of them.
#}
{% macro of_enough_users(group) -%}
    {% set least = var("min_group_size") -%}
    user_count >= {{ least }}
    and (
        min(user_count) over () >= {{ least }}
        or coalesce(
            max(user_count) over (
                order by user_count asc nulls last, {{ group }} asc nulls last
                rows between unbounded preceding and 1 preceding
            ), 0
        ) >= {{ least }}
    )
{%- endmacro %}
