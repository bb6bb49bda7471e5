{% set percents = [1, 5, 10, 20, 50] %}

with users as (
    select * from {{ ref("user_engagement") }}
    where not {{ is_fixed("device_class") }}
),

valued as (
    {% for metric in metric_names() %}
    select
        '{{ metric }}' as metric,
        {{ metric }} as value,
        count(*) as user_count
    from users
    group by {{ metric }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

totals as (
    select
        *,
        cast(value as decimal(19, 0)) * cast(user_count as decimal(19, 0))
            as total
    from valued
),

placed as (
    select
        *,
        cast((sum(user_count) over up_to_here) - user_count as bigint)
            as users_below,
        cast((sum(total) over up_to_here) - total as double) as total_below,
        cast(sum(user_count) over whole as bigint) as all_users,
        cast(sum(total) over whole as double) as all_total
    from totals
    window
        up_to_here as (
            partition by metric order by value asc nulls last
            rows between unbounded preceding and current row
        ),
        whole as (partition by metric)
),

-- users with equal values share their mean rank
summed as (
    select
        metric,
        max(all_users) as user_count,
        cast(sum(total) as bigint) as total_value,
        max(all_total) as all_total,
        {% for percent in percents %}
        {% set edge =
            "(cast(all_users * " ~ (100 - percent) ~ " as double) / 100)" %}
        max(
            case
                when
                    users_below <= {{ edge }}
                    and users_below + user_count > {{ edge }}
                    then total_below + value * ({{ edge }} - users_below)
            end
        ) as lower_{{ 100 - percent }}_total,
        {% endfor %}
        cast(sum(
            cast(value as decimal(19, 0)) * cast(
                user_count * users_below + user_count * (user_count + 1) / 2
                as decimal(19, 0)
            )
        ) as double) as rank_total
    from placed
    group by metric
),

concentration as (
    select
        metric,
        user_count,
        total_value,
        {% for percent in percents %}
        case
            when all_total = 0 then cast({{ percent / 100 }} as double)
            else 1 - least(1, lower_{{ 100 - percent }}_total / all_total)
        end as top_{{ percent }}_percent_share,
        {% endfor %}
        coalesce(
            2 * rank_total / nullif(all_total * user_count, 0)
            - cast(user_count + 1 as double) / user_count, 0
        ) as gini_coefficient
    from summed
)

select * from concentration
order by metric asc nulls last
