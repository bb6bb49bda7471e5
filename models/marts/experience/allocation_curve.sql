-- order_places is Python (python/engagement/allocation.py): each place depends
-- on all before it, which no query says.
with ordered as (
    select order_places(
        {{ json_rows(
            ref("int_highly_engaged_visits"),
            ["location", "user_id", "total_bytes"],
        ) }},
        {{ json_rows(
            ref("int_location_measurements") ~ " where location <> '(missing)'",
            ["location", "poor_ms"],
        ) }},
        '{{ var("allocation_by") }}'
    ) as places
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
