{{ config(materialized="view") }}

-- the list is in macros/columns.sql
with metrics as (
    {% for metric in engagement_metrics() %}
    select
        '{{ metric.name }}' as metric,
        cast({{ loop.index }} as bigint) as metric_rank,
        '{{ metric.label }}' as label,
        '{{ metric.unit }}' as unit
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from metrics
order by metric_rank asc nulls last
