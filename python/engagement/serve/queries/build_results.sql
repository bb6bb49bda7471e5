-- The results of the last build, causes before what they held up.
select
    name,
    status
from warehouse.state.build_record
order by
    status <> 'unfinished' asc nulls last,
    status in ('skipped', 'outdated') asc nulls last,
    name asc nulls last
