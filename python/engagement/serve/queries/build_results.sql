-- The results of the last build, causes before what they held up.
select
    node_name,
    status
from warehouse.intermediate.build_results
order by
    status <> 'unfinished' asc nulls last,
    status in ('skipped', 'outdated') asc nulls last,
    node_name asc nulls last
