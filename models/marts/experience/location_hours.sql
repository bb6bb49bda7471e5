with their_sessions as (
    select parts.*
    from {{ ref("int_session_parts") }} as parts
    inner join {{ ref("int_highly_engaged_users") }} as highly_engaged
        on parts.user_id = highly_engaged.user_id
),

their_hours as (
    select
        location,
        start_number as hour_number,
        first_bytes as own_bytes,
        0 as running_bytes
    from their_sessions
    union all
    select
        location,
        end_number as hour_number,
        last_bytes as own_bytes,
        0 as running_bytes
    from their_sessions
    union all
    select
        location,
        {{ each_of(numbers_between("start_number + 1", "end_number - 1")) }}
            as hour_number,
        0 as own_bytes,
        hourly_bytes as running_bytes
    from their_sessions
    where end_number > start_number + 1 and hourly_bytes <> 0
),

their_weeks as (
    select
        their_hours.location,
        hours.hour_of_week,
        sum(
            their_hours.own_bytes
            + their_hours.running_bytes * (hours.hour_ms / 3600000)
        ) as highly_engaged_bytes
    from their_hours
    inner join {{ ref("int_hours") }} as hours
        on their_hours.hour_number = hours.hour_number
    group by their_hours.location, hours.hour_of_week
),

hourly as (
    select
        location_hours.location,
        hours.hour_of_week,
        hours.hour_ms,
        hours.is_covered,
        location_hours.own_bytes
        + location_hours.running_bytes * (hours.hour_ms / 3600000)
            as total_bytes
    from {{ ref("int_location_hours") }} as location_hours
    inner join {{ ref("int_hours") }} as hours
        on location_hours.hour_number = hours.hour_number
),

weeks as (
    select
        location,
        hour_of_week,
        sum(total_bytes) as total_bytes,
        sum(case when is_covered then total_bytes end) as covered_bytes,
        max(case when is_covered then total_bytes / hour_ms end)
            as peak_bytes_per_ms
    from hourly
    group by location, hour_of_week
    having sum(total_bytes) > 0
),

lengths as (
    select
        hour_of_week,
        sum(case when is_covered then hour_ms end) as covered_ms
    from {{ ref("int_hours") }}
    group by hour_of_week
),

-- bytes per millisecond are thousandths of MB per second
location_hours as (
    select
        weeks.location,
        weeks.hour_of_week,
        weeks.total_bytes,
        case
            when lengths.covered_ms is not null
                then
                    coalesce(weeks.covered_bytes, 0) / lengths.covered_ms
                    * 8 / 1000
        end as mean_mbit_per_second,
        case
            when lengths.covered_ms is not null
                then coalesce(weeks.peak_bytes_per_ms, 0) * 8 / 1000
        end as peak_mbit_per_second,
        coalesce(their_weeks.highly_engaged_bytes, 0) as highly_engaged_bytes
    from weeks
    inner join lengths on weeks.hour_of_week = lengths.hour_of_week
    left join their_weeks
        on
            weeks.location = their_weeks.location
            and weeks.hour_of_week = their_weeks.hour_of_week
)

select * from location_hours
order by location asc nulls last, hour_of_week asc nulls last
