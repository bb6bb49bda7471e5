{{ config(alias="location_hours") }}

select rows_of_places.*
from {{ ref("location_hours") }} as rows_of_places
inner join {{ ref("published_location_traffic") }} as places
    on rows_of_places.location = places.location
order by
    rows_of_places.location asc nulls last,
    rows_of_places.hour_of_week asc nulls last
