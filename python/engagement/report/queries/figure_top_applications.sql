with used as (
    select count(*) as used_count
    from named_applications
    where total_bytes > 0
)

select
    named_applications.display_name,
    top_applications.total_bytes,
    top_applications.traffic_share,
    used.used_count
from marts.top_applications
inner join named_applications
    on top_applications.application = named_applications.application
cross join used
order by top_applications.application_rank
