-- Else a user is in no cluster or in two, or a total is not in real units.
{% set metrics = metric_names() %}

with expected as (
    {% for metric in metrics %}
    select
        '{{ metric }}' as metric,
        count(*) as user_count,
        sum({{ metric }}) as total_value,
        min({{ metric }}) as min_value,
        max({{ metric }}) as max_value
    from {{ ref("user_engagement") }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

clusters as (
    select
        metric,
        sum(user_count) as user_count,
        sum(total_value) as total_value,
        min(min_value) as min_value,
        max(max_value) as max_value
    from {{ ref("cluster_summary") }}
    group by metric
)

select * from expected
where user_count > 0
except
select * from clusters
