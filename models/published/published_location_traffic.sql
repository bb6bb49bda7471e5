{{ config(alias="location_traffic") }}

select *
from {{ ref("location_traffic") }}
qualify not {{ is_small_group("user_count", "location") }}
order by location_rank asc nulls last
