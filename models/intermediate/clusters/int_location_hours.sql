{{ config(materialized="view") }}

with ends as (
    select true as is_start
    union all
    select false as is_start
),

-- In the hours between its first and its last, a session has equal traffic: it
-- is added after the first hour and taken away after the last.
changes as (
    select
        parts.location_number,
        parts.is_highly_engaged,
        case
            when ends.is_start then parts.start_hour else parts.end_hour
        end as hour_started_at,
        case
            when ends.is_start then parts.first_bytes
            else
                parts.last_bytes - parts.hourly_bytes
                * ({{ hour_ms("parts.end_hour") }} / 3600000)
        end as own_bytes,
        case
            when ends.is_start then parts.hourly_bytes
            else -parts.hourly_bytes
        end as bytes_on,
        -- in its last hour a session is still running
        case
            when ends.is_start or parts.start_hour = parts.end_hour
                then parts.session_count
            else 0
        end as own_sessions,
        case
            when ends.is_start then parts.session_count
            when parts.start_hour < parts.end_hour then -parts.session_count
            else 0
        end as sessions_on
    from {{ ref("int_session_parts") }} as parts
    cross join ends
    where not ends.is_start or parts.start_hour < parts.end_hour
),

-- as doubles, sums of 1024ths of a byte are exact below four terabytes
summed as (
    select
        location_number,
        hour_started_at,
        sum(own_bytes) as own_bytes,
        sum(bytes_on) as bytes_on,
        sum(own_sessions) as own_sessions,
        sum(sessions_on) as sessions_on,
        sum(case when is_highly_engaged then own_bytes else 0 end)
            as their_own_bytes,
        sum(case when is_highly_engaged then bytes_on else 0 end)
            as their_bytes_on
    from changes
    group by location_number, hour_started_at
),

running as (
    select
        summed.*,
        hours.hour_number,
        sum(summed.bytes_on) over until_then as running_bytes,
        sum(summed.sessions_on) over until_then as running_sessions,
        sum(summed.their_bytes_on) over until_then as their_running_bytes,
        lead(hours.hour_number) over (
            partition by summed.location_number
            order by summed.hour_started_at asc
        ) as next_number
    from summed
    inner join {{ ref("int_hours") }} as hours
        on summed.hour_started_at = hours.hour_started_at
    window
        until_then as (
            partition by summed.location_number
            order by summed.hour_started_at asc
            rows unbounded preceding
        )
),

location_hours as (
    select
        location_number,
        hour_number,
        own_bytes,
        running_bytes - bytes_on as running_bytes,
        own_sessions + running_sessions - sessions_on as session_count,
        their_own_bytes,
        their_running_bytes - their_bytes_on as their_running_bytes
    from running
    union all
    select
        location_number,
        {{ each_of(numbers_between("hour_number + 1", "next_number - 1")) }}
            as hour_number,
        0 as own_bytes,
        running_bytes,
        running_sessions as session_count,
        0 as their_own_bytes,
        their_running_bytes
    from running
    where next_number > hour_number + 1 and running_sessions > 0
)

select * from location_hours
