{{ config(alias="device_experience") }}

select experience.*
from {{ ref("device_experience") }} as experience
inner join {{ ref("published_device_usage") }} as devices
    on experience.device = devices.device
order by experience.device asc nulls last
