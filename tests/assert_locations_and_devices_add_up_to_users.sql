-- Else a session belongs to no location or device, or to two.
with users as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("user_engagement") }}
),

{% for mart in ["location_traffic", "device_usage"] %}
{{ mart }} as (
    select
        coalesce(sum(session_count), 0) as session_count,
        coalesce(sum(duration_ms), 0) as duration_ms,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref(mart) }}
),
{% endfor %}

found as (
    select * from location_traffic
    union all
    select * from device_usage
)

select * from found
except
select * from users
