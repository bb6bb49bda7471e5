-- Else a user came, left or moved unnoticed since the period before.
with moves as (
    select
        count(case when movement = 'new' then 1 end) as new_users,
        count(case when movement = 'gone' then 1 end) as gone_users
    from {{ ref("cluster_migration") }}
),

users as (
    select
        (select count(*) from {{ ref("int_users_before") }}) as users_before,
        (select count(*) from {{ ref("user_clusters") }}) as users_now
)

select
    users.users_before,
    users.users_now,
    moves.new_users,
    moves.gone_users
from users
cross join moves
inner join {{ ref("engagement_period") }} as period on period.is_compared
where
    users.users_before + moves.new_users - moves.gone_users
    <> users.users_now
