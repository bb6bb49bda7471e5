-- up to 100 days are drawn hour by hour, up to 1,000 as the mean hour of each
-- day, more as that of each week: however long the export, few rows come back;
-- of an hour that clocks show twice, the mean is drawn
with steps as (
    select
        case
            when count(distinct hour_started_at) <= 100 * 24 then 1
            when count(distinct hour_started_at) <= 1000 * 24 then 24
            else 168
        end as step_hours
    from marts.hourly_traffic
),

busy_hour as (
    select
        hour_at as busy_at,
        sum(total_bytes) as busy_bytes
    from marts.hourly_traffic
    group by hour_started_at, hour_at
    order by busy_bytes desc, hour_started_at asc
    limit 1
)

select
    time_bucket(to_hours(steps.step_hours), hours.hour_at) as step_at,
    steps.step_hours,
    hours.cluster_id,
    hours.cluster_name,
    avg(hours.total_bytes) as total_bytes,
    cluster_hours.hour_at as cluster_busy_at,
    cluster_hours.total_bytes as cluster_busy_bytes,
    busy_hour.busy_at,
    busy_hour.busy_bytes,
    period.report_timezone
from marts.hourly_traffic as hours
inner join marts.hourly_traffic as cluster_hours
    on
        hours.cluster_id = cluster_hours.cluster_id
        and cluster_hours.hour_rank = 1
cross join steps
cross join busy_hour
cross join marts.engagement_period as period
group by all
order by step_at, hours.cluster_id
