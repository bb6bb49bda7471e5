select
    priority_rank as rank,
    location,
    verdict,
    highly_engaged_user_count,
    poor_share,
    expected_poor_share,
    busy_poor_share,
    quiet_poor_share,
    measured_count,
    concat(
        ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][
            1 + busy_hour_of_week // 24
        ],
        printf(' %02d:00', busy_hour_of_week % 24)
    ) as traffic_peak,
    busy_mbit_per_second as mbit_per_second
from marts.location_priorities
where verdict in ('capacity', 'radio')
order by priority_rank
limit 20
