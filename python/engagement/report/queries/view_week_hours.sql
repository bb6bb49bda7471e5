-- the network in each hour of the week, on the covered days of the period
select
    hour_of_week,
    sum(mean_mbit_per_second) as mbit_per_second
from marts.location_hours
where mean_mbit_per_second is not null
group by hour_of_week
