-- what differs if routers, modems and IoT devices are left out
select
    metrics.label as metric,
    everyone.user_count,
    people.user_count as people_count,
    everyone.top_10_percent_share,
    people.top_10_percent_share as people_top_share,
    everyone.gini_coefficient,
    people.gini_coefficient as people_gini
from marts.engagement_concentration as everyone
inner join shown_metrics as metrics
    on everyone.metric = metrics.metric
left join marts.concentration_without_fixed_devices as people
    on everyone.metric = people.metric
order by metrics.metric_rank
