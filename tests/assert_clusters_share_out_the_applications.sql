-- Else traffic of an application belongs to no cluster or to two.
with clusters as (
    select
        application,
        cast(sum(user_count) as bigint) as user_count,
        cast(sum(dl_bytes) as bigint) as dl_bytes,
        cast(sum(ul_bytes) as bigint) as ul_bytes
    from {{ ref("cluster_applications") }}
    group by application
),

applications as (
    select
        application,
        user_count,
        dl_bytes,
        ul_bytes
    from {{ ref("application_traffic") }}
    where exists (select 1 from {{ ref("user_clusters") }})
)

select * from applications
except
select * from clusters
