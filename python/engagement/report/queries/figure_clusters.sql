-- 20 steps a decade tell 1 to 12 sessions apart; however many users there are,
-- a few hundred rows come back
select
    cluster_id,
    cluster_name,
    count(*) as user_count,
    avg(session_count) as session_count,
    avg(total_bytes) as total_bytes
from marts.user_clusters
group by
    cluster_id,
    cluster_name,
    case when session_count > 0 then round(20 * log10(session_count)) end,
    case when total_bytes > 0 then floor(8 * log10(total_bytes)) end
order by all
