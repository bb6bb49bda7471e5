{{ config(alias="device_usage") }}

select *
from {{ ref("device_usage") }}
qualify {{ of_enough_users("device") }}
order by device_rank asc nulls last
