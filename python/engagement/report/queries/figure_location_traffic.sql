with known as (
    select count(*) as location_count
    from marts.location_traffic
    where location <> '(missing)'
),

-- without traffic, the users decide
ranked as (
    select
        *,
        row_number() over (
            order by total_bytes desc, user_count desc, location asc
        ) as place
    from marts.location_traffic
)

-- one more than is drawn, as records without a location may be among them
select
    ranked.location,
    ranked.user_count,
    ranked.highly_engaged_user_count,
    ranked.total_bytes,
    ranked.traffic_share,
    known.location_count
from ranked
cross join known
where ranked.place <= 16 or ranked.location = '(missing)'
order by ranked.place
