with clusters_before as (
    select * from {{ ref("int_clusters_before") }}
),

compared as (
    select
        coalesce(users.user_id, clusters_before.user_id) as user_id,
        clusters_before.cluster_id as from_cluster_id,
        clusters_before.cluster_name as from_cluster_name,
        users.cluster_id as to_cluster_id,
        users.cluster_name as to_cluster_name,
        case
            when clusters_before.cluster_id is null then 'new'
            when users.cluster_id is null then 'gone'
            when users.cluster_id > clusters_before.cluster_id then 'up'
            when users.cluster_id < clusters_before.cluster_id then 'down'
        end as movement
    from {{ ref("user_clusters") }} as users
    full outer join clusters_before
        on users.user_id = clusters_before.user_id
    -- without earlier clusters to compare with, every user would be new
    where exists (select 1 from {{ ref("int_clusters_before") }})
),

moved as (
    select * from compared
    where movement is not null
)

select * from moved
order by user_id asc nulls last
