-- Else a user came or left unnoticed with the last new data.
with moves as (
    select
        count(case when movement = 'new' then 1 end) as new_users,
        count(case when movement = 'gone' then 1 end) as gone_users
    from {{ ref("cluster_migration") }}
),

users as (
    select
        (select count(*) from {{ ref("int_clusters_before") }}) as users_before,
        (select count(*) from {{ ref("user_clusters") }}) as users_now
)

select
    users.users_before,
    users.users_now,
    moves.new_users,
    moves.gone_users
from users
cross join moves
where
    users.users_before + moves.new_users - moves.gone_users
    -- without earlier clusters to compare with, nobody has moved
    <> case when users.users_before > 0 then users.users_now else 0 end
