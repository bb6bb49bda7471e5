-- Else the shares of the applications do not refer to their total traffic.
select
    sum(traffic_share) as traffic_share,
    sum(total_bytes) as total_bytes
from {{ ref("application_traffic") }}
having
    abs(
        sum(traffic_share) - case when sum(total_bytes) > 0 then 1 else 0 end
    ) > 1e-9
