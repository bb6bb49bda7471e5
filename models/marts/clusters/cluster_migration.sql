{% set metrics = metric_names() %}

with compared_users as (
    select scored.*
    from {{ ref("int_scored_users") }} as scored
    -- without a period to compare with, every user would be new
    inner join {{ ref("engagement_period") }} as period on period.is_compared
),

users_now as (
    select * from compared_users
    where period = 'now'
),

users_before as (
    select * from compared_users
    where period = 'before'
),

compared as (
    select
        coalesce(users_now.user_id, users_before.user_id) as user_id,
        users_before.cluster_id as from_cluster_id,
        users_before.cluster_name as from_cluster_name,
        users_now.cluster_id as to_cluster_id,
        users_now.cluster_name as to_cluster_name,
        {% for metric in metrics %}
        coalesce(users_now.{{ metric }}, 0) as {{ metric }},
        coalesce(users_before.{{ metric }}, 0) as previous_{{ metric }},
        {% endfor %}
        case
            when users_before.cluster_id is null then 'new'
            when users_now.cluster_id is null then 'gone'
            when users_now.cluster_id > users_before.cluster_id then 'up'
            when users_now.cluster_id < users_before.cluster_id then 'down'
        end as movement
    from users_now
    full outer join users_before
        on users_now.user_id = users_before.user_id
),

moved as (
    select
        user_id,
        movement,
        from_cluster_id,
        from_cluster_name,
        to_cluster_id,
        {% for metric in metrics %}
        {{ metric }},
        previous_{{ metric }},
        {{ metric }} - previous_{{ metric }} as change_{{ metric }},
        {% endfor %}
        to_cluster_name
    from compared
    where movement is not null
)

select * from moved
order by user_id asc nulls last
