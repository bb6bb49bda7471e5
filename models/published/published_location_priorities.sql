{{ config(alias="location_priorities") }}

select rows_of_places.*
from {{ ref("location_priorities") }} as rows_of_places
inner join {{ ref("published_location_traffic") }} as places
    on rows_of_places.location = places.location
order by rows_of_places.priority_rank asc nulls last
