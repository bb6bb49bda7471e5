{{ config(alias="location_experience") }}

select rows_of_places.*
from {{ ref("location_experience") }} as rows_of_places
inner join {{ ref("published_location_traffic") }} as places
    on rows_of_places.location = places.location
order by rows_of_places.location asc nulls last
