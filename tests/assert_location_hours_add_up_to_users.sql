-- Else traffic of a place is lost or counted twice, or rounding is off by more
-- than a byte per session, in all or in an hour of hourly_traffic.
with location_hours as (
    select
        hour_of_week,
        sum(cast(total_bytes as decimal(38, 6))) as total_bytes
    from {{ ref("location_hours") }}
    group by hour_of_week
),

numbered as (
    select
        cast({{ dbt.datediff(
            "cast('1970-01-05' as date)", "cast(hour_at as date)", "day"
        ) }} % 7 * 24 + extract(hour from hour_at) as bigint) as hour_of_week,
        cast(total_bytes as decimal(38, 6)) as total_bytes
    from {{ ref("hourly_traffic") }}
),

hours as (
    select
        hour_of_week,
        sum(total_bytes) as total_bytes
    from numbered
    group by hour_of_week
    union all
    select
        -1 as hour_of_week,
        sum(total_bytes) as total_bytes
    from {{ ref("user_engagement") }}
),

found as (
    select * from location_hours
    union all
    select
        -1 as hour_of_week,
        sum(total_bytes) as total_bytes
    from location_hours
),

sessions as (
    select sum(session_count) as session_count from {{ ref("user_engagement") }}
)

select
    hours.hour_of_week,
    found.total_bytes,
    hours.total_bytes as expected_bytes
from hours
cross join sessions
left join found on hours.hour_of_week = found.hour_of_week
where
    abs(coalesce(found.total_bytes, 0) - hours.total_bytes)
    > sessions.session_count
