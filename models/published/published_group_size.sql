{{ config(alias="group_size", materialized="view") }}

select cast({{ var("min_group_size") }} as bigint) as min_group_size
