{{ config(alias="allocation_curve") }}

select rows_of_places.*
from {{ ref("allocation_curve") }} as rows_of_places
inner join {{ ref("published_location_traffic") }} as places
    on rows_of_places.location = places.location
order by rows_of_places.location_rank asc nulls last
