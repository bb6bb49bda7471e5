{{ config(materialized="view") }}

{# Within one minute, milliseconds can place the end before the start. #}
{% set ended_at = "greatest(sessions.started_at, sessions.ended_at)" %}

with sessions as (
    select
        locations.location_number,
        highly_engaged.user_id is not null as is_highly_engaged,
        sessions.session_count,
        {{ hour_start("sessions.started_at") }} as start_hour,
        {{ hour_start(ended_at) }} as end_hour,
        sessions.started_at,
        {{ ended_at }} as ended_at,
        cast(
            sign(sessions.dl_bytes + sessions.ul_bytes) as double
        ) as sign,
        abs(sessions.dl_bytes + sessions.ul_bytes) as total_bytes
    from {{ ref("int_signed_sessions") }} as sessions
    inner join {{ ref("int_locations") }} as locations
        on coalesce(sessions.location, '(missing)') = locations.location
    left join {{ ref("int_highly_engaged_users") }} as highly_engaged
        on sessions.user_id = highly_engaged.user_id
    where {{ in_period("sessions.session_date") }}
),

timed as (
    select
        *,
        {{ hour_ms("start_hour") }}
        - {{ milliseconds_between("start_hour", "started_at") }} as start_ms,
        {{ milliseconds_between("end_hour", "ended_at") }} as end_ms,
        cast(
            {{ milliseconds_between("started_at", "ended_at") }} as double
        ) as length_ms
    from sessions
),

-- in 1024ths of a byte, so that sums are exact: the first hour has what is left
split as (
    select
        *,
        case
            when start_hour < end_hour
                then floor(1024 * total_bytes * (end_ms / length_ms)) / 1024
            else total_bytes
        end as last_bytes,
        case
            when length_ms > start_ms + end_ms
                then floor(1024 * total_bytes * (3600000 / length_ms)) / 1024
            else 0
        end as hourly_bytes,
        (length_ms - start_ms - end_ms) / 3600000 as hours_between
    from timed
),

parts as (
    select
        location_number,
        is_highly_engaged,
        session_count * cast(abs(sign) as integer) as session_count,
        start_hour,
        end_hour,
        sign * (
            total_bytes - last_bytes - hourly_bytes * hours_between
        ) as first_bytes,
        sign * hourly_bytes as hourly_bytes,
        sign * last_bytes as last_bytes
    from split
)

select * from parts
