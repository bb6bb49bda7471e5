-- keep_clusters writes the source before {{ ref("user_clusters") }} is built
{{ config(materialized="view") }}

with clusters_before as (
    select
        user_id,
        cluster_id,
        cluster_name
    from {{ source("state", "clusters_before") }}
    where user_id is not null
)

select * from clusters_before
