select
    hour_of_week,
    mbit_per_second
from week_hours
order by hour_of_week
