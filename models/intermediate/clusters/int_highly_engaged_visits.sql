{{ config(materialized="view") }}

with visits as (
    select
        user_locations.location,
        user_locations.user_id,
        user_locations.total_bytes
    from {{ ref("int_user_locations") }} as user_locations
    inner join {{ ref("int_highly_engaged_users") }} as users
        on user_locations.user_id = users.user_id
    where user_locations.location <> '(missing)'
)

select * from visits
