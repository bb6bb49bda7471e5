{{ config(alias="location_traffic") }}

select *
from {{ ref("location_traffic") }}
qualify {{ of_enough_users("location") }}
order by location_rank asc nulls last
