{{ config(materialized="view") }}

with applications as (
    select * from {{ ref("application_traffic") }}
),

top_applications as (
    select * from applications
    where application_rank <= {{ var("top_application_count") }}
)

select * from top_applications
order by application_rank asc nulls last
