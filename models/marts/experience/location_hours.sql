with hourly as (
    select
        location_hours.location_number,
        hours.hour_of_week,
        hours.hour_ms,
        hours.is_covered,
        case when not hours.is_repeated then location_hours.session_count end
            as session_count,
        location_hours.own_bytes
        + location_hours.running_bytes * (hours.hour_ms / 3600000)
            as total_bytes,
        location_hours.their_own_bytes
        + location_hours.their_running_bytes * (hours.hour_ms / 3600000)
            as highly_engaged_bytes
    from {{ ref("int_location_hours") }} as location_hours
    inner join {{ ref("int_hours") }} as hours
        on location_hours.hour_number = hours.hour_number
),

weeks as (
    select
        location_number,
        hour_of_week,
        cast(coalesce(sum(session_count), 0) as bigint) as session_count,
        sum(total_bytes) as total_bytes,
        sum(case when is_covered then total_bytes end) as covered_bytes,
        max(case when is_covered then total_bytes / hour_ms end)
            as peak_bytes_per_ms,
        sum(highly_engaged_bytes) as highly_engaged_bytes
    from hourly
    group by location_number, hour_of_week
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
        locations.location,
        weeks.hour_of_week,
        weeks.session_count,
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
        weeks.highly_engaged_bytes
    from weeks
    inner join lengths on weeks.hour_of_week = lengths.hour_of_week
    inner join {{ ref("int_locations") }} as locations
        on weeks.location_number = locations.location_number
)

select * from location_hours
order by location asc nulls last, hour_of_week asc nulls last
