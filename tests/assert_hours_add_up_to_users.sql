-- Else traffic is lost, or rounding is off by more than a byte per session.
-- Summed as decimals, since a sum of doubles has rounding errors of its own.
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
