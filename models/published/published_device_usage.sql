{{ config(alias="device_usage") }}

select
    device,
    device_maker,
    device_class,
    {% for count in
        ["user_count", "highly_engaged_user_count", "session_count"] %}
    {{ rounded_down(count) }} as {{ count }},
    {% endfor %}
    duration_ms,
    total_bytes,
    traffic_share,
    device_rank,
    {{ is_few("highly_engaged_user_count") }} as is_withheld
from {{ ref("device_usage") }}
qualify {{ of_enough_users("device") }}
order by device_rank asc nulls last
