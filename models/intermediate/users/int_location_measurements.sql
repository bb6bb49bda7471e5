{{ config(materialized="table") }}

{# The hours of the day in which most sessions end. #}
{% set busy_hours = 6 %}
{# What is expected of a device counts as so many sessions of its own. #}
{% set prior_sessions = 10 %}

with sessions as (
    select
        location,
        device,
        extract(hour from {{ local_time("ended_at") }}) as hour_of_day,
        count(*) as measured_count,
        count(case when is_poor then 1 end) as poor_count,
        coalesce(sum(case when is_poor then duration_ms end), 0) as poor_ms
    from {{ ref("int_measured_sessions") }}
    where is_measured
    group by
        location, device, extract(hour from {{ local_time("ended_at") }})
),

hours as (
    select
        hour_of_day,
        row_number() over (
            order by sum(measured_count) desc, hour_of_day asc
        ) <= {{ busy_hours }} as is_busy
    from sessions
    group by hour_of_day
),

groups as (
    select
        sessions.location,
        sessions.device,
        hours.is_busy,
        sum(sessions.measured_count) as measured_count,
        sum(sessions.poor_count) as poor_count,
        sum(sessions.poor_ms) as poor_ms
    from sessions
    inner join hours on sessions.hour_of_day = hours.hour_of_day
    group by sessions.location, sessions.device, hours.is_busy
),

rates as (
    select
        is_busy,
        cast(sum(poor_count) as double) / sum(measured_count) as poor_share
    from groups
    group by is_busy
),

-- a device with few sessions is expected to be like the others
device_rates as (
    select
        groups.device,
        groups.is_busy,
        (sum(groups.poor_count) + {{ prior_sessions }} * max(rates.poor_share))
        / (sum(groups.measured_count) + {{ prior_sessions }}) as poor_share
    from groups
    inner join rates on groups.is_busy = rates.is_busy
    group by groups.device, groups.is_busy
),

-- as decimals, since a sum of doubles would depend on the order of the groups
expected as (
    select
        groups.*,
        cast(
            groups.measured_count * rates.poor_share as decimal(28, 12)
        ) as expected_poor,
        cast(
            groups.measured_count * device_rates.poor_share as decimal(28, 12)
        ) as expected_of_devices
    from groups
    inner join rates on groups.is_busy = rates.is_busy
    inner join device_rates
        on
            groups.device = device_rates.device
            and groups.is_busy = device_rates.is_busy
),

location_measurements as (
    select
        location,
        {% for name, is_busy in
            [("busy", "is_busy"), ("quiet", "not is_busy")] %}
        {% for figure in ["measured_count", "poor_count"] %}
        cast(coalesce(
            sum(case when {{ is_busy }} then {{ figure }} end), 0
        ) as bigint) as {{ name }}_{{ figure }},
        {% endfor %}
        cast(coalesce(
            sum(case when {{ is_busy }} then expected_of_devices end), 0
        ) as double) as {{ name }}_expected,
        {% endfor %}
        cast(sum(measured_count) as bigint) as measured_count,
        cast(sum(poor_count) as bigint) as poor_count,
        cast(sum(poor_ms) as bigint) as poor_ms,
        cast(sum(expected_of_devices) as double) as expected_of_devices,
        cast(sum(expected_poor) as double) as expected_poor
    from expected
    group by location
)

select * from location_measurements
