{% set hour_ms = 3600000 %}

with session_hours as (
    select * from {{ ref("int_session_hours") }}
),

hours as (
    {{ time_spine(
        "min(start_hour)", "max(end_hour)", "hour", "hour_at", "session_hours"
    ) }}
),

clusters as (
    select distinct
        cluster_id,
        cluster_name
    from session_hours
),

-- in its first hour a session runs from its start, in its last to its end; in
-- those between it runs throughout: its rate goes on and off again
changes as (
    select
        cluster_id,
        start_hour as hour_at,
        sum(case when start_hour = end_hour then total_bytes end) as own_bytes,
        sum(
            case when start_hour = end_hour then end_ms - start_ms end
        ) as own_ms,
        sum(
            case
                when start_hour < end_hour
                    then {{ hour_ms }} * rate - rate_start_ms
            end
        ) as edge_bytes,
        sum(
            case
                when start_hour < end_hour
                    then {{ hour_ms }} * session_count - start_ms
            end
        ) as edge_ms,
        sum(case when start_hour < end_hour then rate end) as rate_on,
        sum(case when start_hour < end_hour then session_count end)
            as sessions_on
    from session_hours
    group by cluster_id, start_hour
    union all
    select
        cluster_id,
        end_hour as hour_at,
        null as own_bytes,
        null as own_ms,
        sum(rate_end_ms - {{ hour_ms }} * rate) as edge_bytes,
        sum(end_ms - {{ hour_ms }} * session_count) as edge_ms,
        -sum(rate) as rate_on,
        -sum(session_count) as sessions_on
    from session_hours
    where start_hour < end_hour
    group by cluster_id, end_hour
),

summed as (
    select
        cluster_id,
        hour_at,
        coalesce(sum(own_bytes), 0) as own_bytes,
        coalesce(sum(own_ms), 0) as own_ms,
        coalesce(sum(edge_bytes), 0) as edge_bytes,
        coalesce(sum(edge_ms), 0) as edge_ms,
        coalesce(sum(rate_on), 0) as rate_on,
        coalesce(sum(sessions_on), 0) as sessions_on
    from changes
    group by cluster_id, hour_at
),

running as (
    select
        clusters.cluster_id,
        clusters.cluster_name,
        hours.hour_at,
        coalesce(summed.own_bytes, 0) as own_bytes,
        coalesce(summed.own_ms, 0) as own_ms,
        coalesce(summed.edge_bytes, 0) as edge_bytes,
        coalesce(summed.edge_ms, 0) as edge_ms,
        coalesce(sum(summed.rate_on) over hours_before, 0) as rate,
        coalesce(sum(summed.sessions_on) over hours_before, 0) as sessions
    from clusters
    cross join hours
    left join summed
        on
            clusters.cluster_id = summed.cluster_id
            and hours.hour_at = summed.hour_at
    window
        hours_before as (
            partition by clusters.cluster_id order by hours.hour_at asc
            rows between unbounded preceding and 1 preceding
        )
),

hourly as (
    select
        hour_at,
        cluster_id,
        cluster_name,
        cast(own_bytes as double)
        + cast({{ hour_ms }} * rate + edge_bytes as double) / 1e12
            as total_bytes,
        cast(own_ms + {{ hour_ms }} * sessions + edge_ms as double)
        / {{ hour_ms }} as concurrent_sessions
    from running
),

ranked as (
    select
        *,
        row_number() over (
            partition by cluster_id
            order by total_bytes desc nulls last, hour_at asc nulls last
        ) as hour_rank
    from hourly
)

select * from ranked
order by hour_at asc nulls last, cluster_id asc nulls last
