{{ config(alias="location_traffic") }}

select
    location,
    {% for count in
        ["user_count", "highly_engaged_user_count", "session_count"] %}
    {{ rounded_down(count) }} as {{ count }},
    {% endfor %}
    duration_ms,
    dl_bytes,
    ul_bytes,
    total_bytes,
    traffic_share,
    location_rank,
    {{ is_few("highly_engaged_user_count") }} as is_withheld
from {{ ref("location_traffic") }}
qualify {{ of_enough_users("location") }}
order by location_rank asc nulls last
