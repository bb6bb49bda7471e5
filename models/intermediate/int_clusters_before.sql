-- written before {{ ref("user_clusters") }} was built
{{ config(materialized="view") }}

with clusters_before as (
    select
        user_id,
        cluster_id,
        cluster_name
    from {{ source("kept", "clusters_before") }}
)

select * from clusters_before
