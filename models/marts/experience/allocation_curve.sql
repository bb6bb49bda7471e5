with visits as (
    select
        location,
        array_agg(user_id) as users,
        cast(sum(total_bytes) as bigint) as total_bytes
    from {{ ref("int_highly_engaged_visits") }}
    group by location
),

places as (
    select
        locations.location,
        visits.users,
        coalesce(visits.total_bytes, 0) as total_bytes,
        coalesce(measurements.poor_ms, 0) as poor_ms
    from {{ ref("int_locations") }} as locations
    left join visits on locations.location = visits.location
    left join {{ ref("int_location_measurements") }} as measurements
        on locations.location = measurements.location
    where locations.location <> '(missing)'
),

-- order_places is Python (python/engagement/allocation.py): each place depends
-- on all before it, which no query says.
ordered as (
    select
        order_places(
            {{ json_of_rows("places") }}, '{{ var("allocation_by") }}'
        ) as places
    from places
),

allocation_curve as (
    select {{ rows_of_json("places", {
        "location_rank": "bigint", "location": "varchar", "gain": "double",
        "covered_users": "bigint", "covered_bytes": "bigint",
    }) }}
    from ordered
)

select * from allocation_curve
order by location_rank asc nulls last
