-- Else traffic got lost, or more than a byte per session is off by rounding.
-- Summed as decimals, since a sum of doubles would be off by itself.
with hours as (
    select coalesce(sum(cast(total_bytes as decimal(38, 6))), 0) as total_bytes
    from {{ ref("hourly_traffic") }}
),

users as (
    select
        coalesce(sum(total_bytes), 0) as total_bytes,
        coalesce(sum(session_count), 0) as session_count
    from {{ ref("user_engagement") }}
)

select
    hours.total_bytes,
    users.total_bytes as expected_bytes
from hours
cross join users
where abs(hours.total_bytes - users.total_bytes) > users.session_count
