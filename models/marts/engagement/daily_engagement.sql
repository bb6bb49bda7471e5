{% set windows = [7, 30] %}

with active_days as (
    select
        *,
        {{ dbt.dateadd("day", windows | max, "session_date") }} as window_end
    from {{ ref("int_active_days") }}
),

days as (
    {{ time_spine(
        "min(session_date)", "max(session_date)", "day", "day_at", "active_days"
    ) }}
),

-- a user counts from an active day until the window or the next active day
daily as (
    select
        cast(days.day_at as date) as session_date,
        {% for window in windows %}
        sum(
            case
                when
                    {{ dbt.datediff(
                        "active_days.session_date", "days.day_at", "day"
                    ) }} < least(active_days.days_until_next, {{ window }})
                    then active_days.user_count
                else 0
            end
        ) as active_users_{{ window }}d,
        {% endfor %}
        {% for column in ["user_count"] + session_totals() %}
        sum(
            case
                when active_days.session_date = days.day_at
                    then active_days.{{ column }}
            end
        ) as {{ column }},
        {% endfor %}
        sum(
            case
                when
                    active_days.session_date = days.day_at
                    and active_days.is_first_day
                    then active_days.user_count
            end
        ) as new_users
    from days
    left join active_days
        on
            days.day_at >= active_days.session_date
            and days.day_at < active_days.window_end
    group by days.day_at
),

dated as (
    select
        *,
        {{ dbt.datediff(
            "min(session_date) over ()", "session_date", "day"
        ) }} + 1 as days_so_far
    from daily
),

daily_engagement as (
    select
        session_date,
        cast(coalesce(user_count, 0) as bigint) as active_users,
        cast(coalesce(new_users, 0) as bigint) as new_users,
        cast(coalesce(user_count, 0) - coalesce(new_users, 0) as bigint)
            as returning_users,
        {% for column in session_totals() %}
        cast(coalesce({{ column }}, 0) as bigint) as {{ column }},
        {% endfor %}
        cast(coalesce(dl_bytes + ul_bytes, 0) as bigint) as total_bytes,
        {% for window in windows %}
        case
            when days_so_far >= {{ window }}
                then cast(active_users_{{ window }}d as bigint)
        end as active_users_{{ window }}d,
        {% endfor %}
        case
            when days_so_far >= 30
                then
                    cast(coalesce(user_count, 0) as double)
                    / nullif(active_users_30d, 0)
        end as stickiness
    from dated
)

select * from daily_engagement
order by session_date asc nulls last
