{% set length_ms = hour_ms("hour_started_at") %}

with session_hours as (
    select * from {{ ref("int_session_hours") }}
),

changes as (
    select * from {{ ref("int_hourly_changes") }}
),

hours as (
    {{ hour_spine(
        "min(start_hour)", "max(end_hour)", "hour_started_at", "session_hours"
    ) }}
),

clusters as (
    select distinct
        cluster_id,
        cluster_name
    from {{ ref("cluster_summary") }}
),

running as (
    select
        clusters.cluster_id,
        clusters.cluster_name,
        hours.hour_started_at,
        coalesce(changes.own_bytes, 0) as own_bytes,
        coalesce(changes.own_ms, 0) as own_ms,
        coalesce(changes.edge_bytes, 0) as edge_bytes,
        coalesce(changes.edge_ms, 0) as edge_ms,
        coalesce(sum(changes.rate_on) over hours_before, 0) as rate,
        coalesce(sum(changes.sessions_on) over hours_before, 0) as sessions
    from clusters
    cross join hours
    left join changes
        on
            clusters.cluster_id = changes.cluster_id
            and hours.hour_started_at = changes.hour_started_at
    window
        hours_before as (
            partition by clusters.cluster_id order by hours.hour_started_at asc
            rows between unbounded preceding and 1 preceding
        )
),

hourly as (
    select
        hour_started_at,
        {{ local_time("hour_started_at") }} as hour_at,
        cluster_id,
        cluster_name,
        cast(own_bytes as double)
        + cast({{ length_ms }} * rate + edge_bytes as double) / 1e12
            as total_bytes,
        cast(own_ms + {{ length_ms }} * sessions + edge_ms as double)
        / {{ length_ms }} as concurrent_sessions
    from running
),

ranked as (
    select
        *,
        cast(row_number() over (
            partition by cluster_id
            order by
                total_bytes desc nulls last, hour_started_at asc nulls last
        ) as bigint) as hour_rank
    from hourly
)

select * from ranked
order by hour_started_at asc nulls last, cluster_id asc nulls last
