{{ config(materialized="table") }}

{% set last_day = day_number(local_time("last_session_at")) %}
{% set values = {"last_session_day": last_day} %}
{% for metric in metric_names() %}
{% do values.update({metric: metric}) %}
{% endfor %}

-- a window per metric: one window with partitions takes twice as long
with metric_values as (
    {% for metric, value in values.items() %}
    select
        '{{ metric }}' as metric,
        {{ value }} as value,
        count(*) as user_count,
        cast(sum(count(*)) over (
            order by {{ value }} asc nulls last
            rows between unbounded preceding and current row
        ) - count(*) as bigint) as users_below
    from {{ ref("int_users") }}
    group by {{ value }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from metric_values
