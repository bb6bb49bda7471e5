-- Else the shares of the top users do not refer to the total of all users.
{% set metrics = metric_names() %}

with expected as (
    {% for metric in metrics %}
    select
        '{{ metric }}' as metric,
        count(*) as user_count,
        sum({{ metric }}) as total_value
    from {{ ref("user_engagement") }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from expected
where user_count > 0
except
select
    metric,
    user_count,
    total_value
from {{ ref("engagement_concentration") }}
