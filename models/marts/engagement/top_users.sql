{{ config(materialized="view") }}

{% set metrics = metric_names() %}

-- a short top-n sort per metric; ranking first would sort all users
with top_of_metrics as (
    {% for metric in metrics %}
    (
        select
            '{{ metric }}' as metric,
            user_id,
            {{ metric }} as value
        from {{ ref("user_engagement") }}
        order by {{ metric }} desc nulls last, user_id asc nulls last
        limit {{ var("top_n") }}
    )
    {{ "union all" if not loop.last }}
    {% endfor %}
),

ranked as (
    select
        metric,
        cast(row_number() over (
            partition by metric
            order by value desc nulls last, user_id asc nulls last
        ) as bigint) as user_rank,
        user_id,
        value
    from top_of_metrics
)

select * from ranked
order by metric asc nulls last, user_rank asc nulls last
