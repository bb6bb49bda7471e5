{{ config(materialized="table") }}

with locations as (
    select distinct location
    from {{ ref("int_user_locations") }}
),

-- millions of rows are sorted and grouped by a number, not by a text
numbered as (
    select
        location,
        cast(row_number() over (
            order by location asc nulls last
        ) as integer) as location_number
    from locations
)

select * from numbered
