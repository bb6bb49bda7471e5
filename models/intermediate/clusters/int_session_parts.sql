{{ config(materialized="view") }}

{# Within one minute, milliseconds can place the end before the start. #}
{% set ended_at = "greatest(sessions.started_at, sessions.ended_at)" %}

with sessions as (
    select
        sessions.user_id,
        coalesce(sessions.location, '(missing)') as location,
        {{ hour_start("sessions.started_at") }} as start_hour,
        {{ hour_start(ended_at) }} as end_hour,
        sessions.started_at,
        {{ ended_at }} as ended_at,
        sign(sessions.dl_bytes + sessions.ul_bytes) as sign,
        abs(sessions.dl_bytes + sessions.ul_bytes) as total_bytes
    from {{ ref("int_signed_sessions") }} as sessions
    where {{ in_period("sessions.session_date") }}
),

placed as (
    select
        sessions.*,
        start_hours.hour_number as start_number,
        end_hours.hour_number as end_number,
        start_hours.hour_ms - {{ milliseconds_between(
            "sessions.start_hour", "sessions.started_at"
        ) }} as start_ms,
        {{ milliseconds_between("sessions.end_hour", "sessions.ended_at") }}
            as end_ms,
        cast(end_hours.hour_ms as double) / 3600000 as end_hour_length,
        cast({{ milliseconds_between(
            "sessions.started_at", "sessions.ended_at"
        ) }} as double) as length_ms
    from sessions
    inner join {{ ref("int_hours") }} as start_hours
        on sessions.start_hour = start_hours.hour_started_at
    inner join {{ ref("int_hours") }} as end_hours
        on sessions.end_hour = end_hours.hour_started_at
),

-- in 1024ths of a byte, so that sums are exact: the first hour has what is left
split as (
    select
        *,
        case
            when start_number < end_number
                then floor(1024 * total_bytes * (end_ms / length_ms)) / 1024
            else total_bytes
        end as last_bytes,
        case
            when start_number + 1 < end_number
                then floor(1024 * total_bytes * (3600000 / length_ms)) / 1024
            else 0
        end as hourly_bytes,
        (length_ms - start_ms - end_ms) / 3600000 as hours_between
    from placed
),

parts as (
    select
        user_id,
        location,
        start_number,
        end_number,
        sign * (
            total_bytes - last_bytes - hourly_bytes * hours_between
        ) as first_bytes,
        sign * hourly_bytes as hourly_bytes,
        sign * last_bytes as last_bytes,
        sign * hourly_bytes * end_hour_length as last_hourly_bytes
    from split
)

select * from parts
