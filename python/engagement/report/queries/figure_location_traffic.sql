with known as (
    select count(*) as location_count
    from marts.location_traffic
    where location <> '(missing)'
)

-- one more than is drawn, as records without a location may be among them
select
    location_traffic.location,
    location_traffic.user_count,
    location_traffic.highly_engaged_user_count,
    location_traffic.total_bytes,
    location_traffic.traffic_share,
    known.location_count
from marts.location_traffic
cross join known
where
    location_traffic.location_rank <= 16
    or location_traffic.location = '(missing)'
order by location_traffic.location_rank
