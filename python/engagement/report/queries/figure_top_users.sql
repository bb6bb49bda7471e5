-- the metrics are among the columns whose names end in a unit
with measured as (
    select columns('^[a-z]+_(count|ms|bytes|days)$')
    from marts.user_engagement
),

users as (
    select
        metric,
        value
    from measured
    unpivot (value for metric in (columns(*)))
),

listed as (
    select distinct
        metric,
        value
    from marts.top_users
),

ties as (
    select
        users.metric,
        users.value,
        count(*) as tied_count
    from users
    inner join listed
        on
            users.metric = listed.metric
            and users.value = listed.value
    group by users.metric, users.value
),

totals as (
    select count(*) as user_total
    from marts.user_engagement
)

select
    metrics.metric,
    metrics.label,
    metrics.unit,
    top_users.user_rank,
    top_users.user_id,
    top_users.value,
    coalesce(ties.tied_count, 1) as tied_count,
    totals.user_total
from marts.top_users
inner join shown_metrics as metrics
    on top_users.metric = metrics.metric
left join ties
    on
        top_users.metric = ties.metric
        and top_users.value = ties.value
cross join totals
order by metrics.metric_rank, top_users.user_rank
