with lorenz_curve as (
    select * from {{ ref("lorenz_curve") }}
),

shares as (
    select
        {% for percent in [1, 5, 10, 20, 50] %}
        1 - max(
            case
                when round(user_share * 100) = {{ 100 - percent }}
                    then value_share
            end
        ) as top_{{ percent }}_percent_share,
        {% endfor %}
        metric
    from lorenz_curve
    group by metric
),

totals as (
    select
        metric,
        cast(sum(user_count) as bigint) as user_count,
        cast(max(total_up_to) as bigint) as total_value,
        sum(rank_total) as rank_total
    from {{ ref("int_metric_steps") }}
    group by metric
),

concentration as (
    select
        totals.metric,
        totals.user_count,
        totals.total_value,
        {% for percent in [1, 5, 10, 20, 50] %}
        shares.top_{{ percent }}_percent_share,
        {% endfor %}
        coalesce(
            2 * totals.rank_total
            / nullif(cast(totals.total_value as double) * totals.user_count, 0)
            - cast(totals.user_count + 1 as double) / totals.user_count, 0
        ) as gini_coefficient
    from totals
    inner join shares on totals.metric = shares.metric
)

select * from concentration
order by metric asc nulls last
