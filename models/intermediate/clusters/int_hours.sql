{{ config(materialized="table") }}

with session_hours as (
    select * from {{ ref("int_session_hours") }}
),

hours as (
    {{ hour_spine(
        "min(start_hour)", "max(end_hour)", "hour_started_at", "session_hours"
    ) }}
),

shown as (
    select
        hour_started_at,
        {{ local_time("hour_started_at") }} as hour_at,
        {{ hour_ms("hour_started_at") }} as hour_ms
    from hours
),

numbered as (
    select
        shown.hour_started_at,
        shown.hour_at,
        cast(shown.hour_ms as double) as hour_ms,
        cast(row_number() over (
            order by shown.hour_started_at asc nulls last
        ) as bigint) as hour_number,
        -- 5 January 1970 was a Monday
        cast({{ dbt.datediff(
            "cast('1970-01-05' as date)", "cast(shown.hour_at as date)", "day"
        ) }} % 7 * 24 + extract(hour from shown.hour_at) as bigint)
            as hour_of_week,
        cast(shown.hour_at as date) between period.ends_on
        - cast(period.covered_days - 1 as integer) and period.ends_on
            as is_covered,
        row_number() over (
            partition by
                cast(shown.hour_at as date), extract(hour from shown.hour_at)
            order by shown.hour_started_at asc nulls last
        ) > 1 as is_repeated
    from shown
    cross join {{ ref("engagement_period") }} as period
)

select * from numbered
