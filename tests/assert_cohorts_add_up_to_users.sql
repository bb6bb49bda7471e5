-- Else a user belongs to no cohort or to two.
with cohorts as (
    select coalesce(sum(user_count), 0) as user_count
    from {{ ref("weekly_retention") }}
    where weeks_later = 0 and active_users = user_count
),

users as (
    select count(*) as user_count
    from {{ ref("user_engagement") }}
)

select * from cohorts
except
select * from users
