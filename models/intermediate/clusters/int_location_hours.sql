{{ config(materialized="view") }}

-- In the hours between its first and its last, a session has equal traffic: it
-- is added after the first hour and taken away after the last.
with changes as (
    select
        location,
        start_number as hour_number,
        first_bytes as own_bytes,
        hourly_bytes as bytes_on
    from {{ ref("int_session_parts") }}
    where start_number < end_number
    union all
    select
        location,
        end_number as hour_number,
        last_bytes - last_hourly_bytes as own_bytes,
        -hourly_bytes as bytes_on
    from {{ ref("int_session_parts") }}
),

-- as doubles, sums of 1024ths of a byte are exact below four terabytes
summed as (
    select
        location,
        hour_number,
        sum(cast(own_bytes as double)) as own_bytes,
        sum(cast(bytes_on as double)) as bytes_on
    from changes
    group by location, hour_number
),

running as (
    select
        location,
        hour_number,
        own_bytes,
        bytes_on,
        coalesce(sum(bytes_on) over (
            partition by location order by hour_number asc
            rows between unbounded preceding and 1 preceding
        ), 0) as running_bytes,
        lead(hour_number) over (
            partition by location order by hour_number asc
        ) as next_number
    from summed
),

location_hours as (
    select
        location,
        hour_number,
        own_bytes,
        running_bytes
    from running
    union all
    select
        location,
        {{ each_of(numbers_between("hour_number + 1", "next_number - 1")) }}
            as hour_number,
        0 as own_bytes,
        running_bytes + bytes_on as running_bytes
    from running
    where next_number > hour_number + 1 and running_bytes + bytes_on > 0
)

select * from location_hours
