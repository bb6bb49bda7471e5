{{ config(alias="weekly_retention") }}

with rounded as (
    select
        cohort_week,
        weeks_later,
        {{ rounded_down("user_count") }} as user_count,
        {{ rounded_down("active_users") }} as active_users,
        is_complete,
        {{ is_few("active_users") }} as is_withheld
    from {{ ref("weekly_retention") }}
    where user_count >= {{ var("min_group_size") }}
),

weekly_retention as (
    select
        cohort_week,
        weeks_later,
        user_count,
        active_users,
        cast(active_users as double) / user_count as retention_share,
        is_complete,
        is_withheld
    from rounded
)

select * from weekly_retention
order by cohort_week asc nulls last, weeks_later asc nulls last
