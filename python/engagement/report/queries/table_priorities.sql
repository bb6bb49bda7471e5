select
    priority_rank as rank,
    location,
    replace(verdict, '_', ' ') as verdict,
    highly_engaged_user_count,
    concat(
        ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][
            1 + busy_hour_of_week // 24
        ],
        printf(' %02d:00', busy_hour_of_week % 24)
    ) as busy_hour,
    busy_mbit_per_second as mbit_per_second,
    poor_share,
    expected_poor_share
from marts.location_priorities
where verdict in ('capacity', 'radio', 'device', 'single_user')
order by priority_rank
limit 20
