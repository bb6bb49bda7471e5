-- Else a user belongs to no cohort or to two, or is new on no day or on two.
with cohorts as (
    select coalesce(sum(user_count), 0) as user_count
    from {{ ref("weekly_retention") }}
    where weeks_later = 0 and active_users = user_count
),

days as (
    select coalesce(sum(new_users), 0) as user_count
    from {{ ref("daily_engagement") }}
),

users as (
    select count(distinct user_id) as user_count
    from {{ ref("int_user_days") }}
)

select
    users.user_count,
    cohorts.user_count as users_of_cohorts,
    days.user_count as new_users
from users
cross join cohorts
cross join days
where
    users.user_count <> cohorts.user_count
    or users.user_count <> days.user_count
