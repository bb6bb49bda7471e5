{{ config(materialized="table") }}

with user_days as (
    select
        session_date,
        {% for column in session_totals() %}
        {{ column }},
        {% endfor %}
        lead(session_date) over days_of_user as next_date,
        lag(session_date) over days_of_user as previous_date,
        first_value(session_date) over days_of_user as first_date
    from {{ ref("int_user_days") }}
    window
        days_of_user as (
            partition by user_id order by session_date asc nulls last
        )
),

described as (
    select
        *,
        cast({{ dbt.date_trunc("week", "first_date") }} as date) as cohort_week,
        previous_date is null as is_first_day,
        coalesce(
            cast({{ dbt.date_trunc("week", "previous_date") }} as date)
            < cast({{ dbt.date_trunc("week", "session_date") }} as date), true
        ) as is_first_day_of_week,
        -- at most the length of the longest window
        least(
            {{ dbt.datediff("session_date", "next_date", "day") }}, 30
        ) as days_until_next
    from user_days
),

active_days as (
    select
        session_date,
        cohort_week,
        is_first_day,
        is_first_day_of_week,
        days_until_next,
        {% for column in session_totals() %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        count(*) as user_count
    from described
    group by
        session_date,
        cohort_week,
        is_first_day,
        is_first_day_of_week,
        days_until_next
)

select * from active_days
