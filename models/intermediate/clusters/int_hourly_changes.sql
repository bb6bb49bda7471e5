{{ config(materialized="table") }}

with session_hours as (
    select * from {{ ref("int_session_hours") }}
),

-- In its first hour a session runs from its start, in its last hour to its end,
-- and in the hours between all the time: its rate is added after the first hour
-- and taken away after the last.
changes as (
    select
        cluster_id,
        start_hour as hour_started_at,
        sum(case when start_hour = end_hour then total_bytes end) as own_bytes,
        sum(
            case when start_hour = end_hour then end_ms - start_ms end
        ) as own_ms,
        sum(
            case
                when start_hour < end_hour
                    then {{ hour_ms("start_hour") }} * rate - rate_start_ms
            end
        ) as edge_bytes,
        sum(
            case
                when start_hour < end_hour
                    then {{ hour_ms("start_hour") }} * session_count - start_ms
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
        end_hour as hour_started_at,
        null as own_bytes,
        null as own_ms,
        sum(rate_end_ms - {{ hour_ms("end_hour") }} * rate) as edge_bytes,
        sum(end_ms - {{ hour_ms("end_hour") }} * session_count) as edge_ms,
        -sum(rate) as rate_on,
        -sum(session_count) as sessions_on
    from session_hours
    where start_hour < end_hour
    group by cluster_id, end_hour
),

summed as (
    select
        cluster_id,
        hour_started_at,
        coalesce(sum(own_bytes), 0) as own_bytes,
        coalesce(sum(own_ms), 0) as own_ms,
        coalesce(sum(edge_bytes), 0) as edge_bytes,
        coalesce(sum(edge_ms), 0) as edge_ms,
        coalesce(sum(rate_on), 0) as rate_on,
        coalesce(sum(sessions_on), 0) as sessions_on
    from changes
    group by cluster_id, hour_started_at
)

select * from summed
