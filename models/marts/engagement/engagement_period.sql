{% set day_count = var("engagement_days") %}

with loaded as (
    select
        min(session_date) as first_day,
        max(session_date) as last_day
    from {{ ref("int_days") }}
),

sized as (
    select
        *,
        {% if day_count %}
        {{ day_count }} as day_count
        {% else %}
        {{ dbt.datediff("first_day", "last_day", "day") }} + 1 as day_count
        {% endif %}
    from loaded
),

dated as (
    select
        *,
        last_day - cast(day_count - 1 as integer) as starts_on,
        last_day as ends_on,
        {% if day_count %}
        last_day - {{ 2 * day_count - 1 }} as previous_starts_on,
        last_day - {{ day_count }} as previous_ends_on
        {% else %}
        cast(null as date) as previous_starts_on,
        cast(null as date) as previous_ends_on
        {% endif %}
    from sized
),

covered as (
    select
        *,
        coalesce({{ dbt.datediff(
            "greatest(starts_on, first_day)", "ends_on", "day"
        ) }} + 1, 0) as covered_days,
        greatest(coalesce({{ dbt.datediff(
            "greatest(previous_starts_on, first_day)", "previous_ends_on", "day"
        ) }} + 1, 0), 0) as previous_covered_days
    from dated
),

engagement_period as (
    select
        starts_on,
        ends_on,
        cast(day_count as bigint) as day_count,
        cast(covered_days as bigint) as covered_days,
        previous_starts_on,
        previous_ends_on,
        cast(previous_covered_days as bigint) as previous_covered_days,
        previous_covered_days > 0
        and previous_covered_days >= covered_days - 1 as is_compared,
        {{ quote_text(report_timezone()) }} as report_timezone
    from covered
)

select * from engagement_period
