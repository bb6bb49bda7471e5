{# Within each group, ranks run 1, 2, 3 ... from the largest value down. #}
{% test is_ranked(model, ranking, value, group_by=none) %}

with positions as (
    select
        {{ ranking }} as ranking,
        {{ value }} as value,
        lag({{ ranking }}, 1, 0) over in_group as previous_ranking,
        lag({{ value }}) over in_group as previous_value
    from {{ model }}
    window in_group as (
        {{ "partition by " ~ group_by if group_by }}
        order by {{ ranking }} asc nulls first
    )
)

select * from positions
where
    ranking is null
    or value is null
    or ranking <> previous_ranking + 1
    or value > previous_value

{% endtest %}
