{{ config(materialized="table") }}

{# Within one minute, milliseconds can place the end before the start. #}
{% set ended_at = "greatest(sessions.started_at, sessions.ended_at)" %}

-- A rate is a whole number of 10^-12 bytes per ms: sums of whole numbers are
-- exact in any order, so a session that has ended leaves nothing behind in the
-- hours that follow.
with sessions as (
    select
        user_clusters.cluster_id,
        user_clusters.user_id,
        {{ hour_start("sessions.started_at") }} as start_hour,
        {{ hour_start(ended_at) }} as end_hour,
        sessions.started_at,
        {{ ended_at }} as ended_at,
        sessions.session_count,
        sessions.dl_bytes + sessions.ul_bytes as total_bytes
    from {{ ref("int_signed_sessions") }} as sessions
    inner join {{ ref("user_clusters") }} as user_clusters
        on sessions.user_id = user_clusters.user_id
    where {{ in_period("sessions.session_date") }}
),

timed as (
    select
        *,
        {{ milliseconds_between("start_hour", "started_at") }} as start_ms,
        {{ milliseconds_between("end_hour", "ended_at") }} as end_ms,
        cast(
            1e12 * cast(total_bytes as double) / nullif(
                {{ milliseconds_between("started_at", "ended_at") }}, 0
            ) as decimal(28, 0)
        ) as rate
    from sessions
),

session_hours as (
    select
        cluster_id,
        start_hour,
        end_hour,
        min(user_id) as first_user_id,
        max(user_id) as last_user_id,
        cast(sum(session_count) as bigint) as session_count,
        cast(sum(total_bytes) as decimal(38, 0)) as total_bytes,
        cast(sum(session_count * start_ms) as decimal(38, 0)) as start_ms,
        cast(sum(session_count * end_ms) as decimal(38, 0)) as end_ms,
        sum(cast(rate as decimal(38, 0))) as rate,
        sum(rate * cast(start_ms as decimal(10, 0))) as rate_start_ms,
        sum(rate * cast(end_ms as decimal(10, 0))) as rate_end_ms
    from timed
    group by cluster_id, start_hour, end_hour
)

select * from session_hours
