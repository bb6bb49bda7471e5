{#
    Whether a group is left out of what is published, since it has fewer users
    than the var min_group_size. Where one is, so many of the next larger ones are
    that together they have as many users: else the totals would tell what it has.

    user_count, key: columns of the groups, which are one row each.
#}
{% macro is_small_group(user_count, key) -%}
    {%- set least = var("min_group_size") -%}
    (
        {{ user_count }} < {{ least }}
        or (
            min({{ user_count }}) over () < {{ least }}
            and coalesce(
                sum({{ user_count }}) over (
                    order by
                        {{ user_count }} asc nulls last,
                        {{ key }} asc nulls last
                    rows between unbounded preceding and 1 preceding
                ), 0
            ) < {{ least }}
        )
    )
{%- endmacro %}
