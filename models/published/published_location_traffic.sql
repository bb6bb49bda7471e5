{{ config(alias="location_traffic") }}

{% set least = var("min_group_size") %}

-- where a small group is left out, so many of the next larger ones are too that
-- they have as many users together: else the totals would tell what it has
select *
from {{ ref("location_traffic") }}
qualify
    user_count >= {{ least }}
    and (
        min(user_count) over () >= {{ least }}
        or coalesce(
            sum(user_count) over (
                order by user_count asc nulls last, location asc nulls last
                rows between unbounded preceding and 1 preceding
            ), 0
        ) >= {{ least }}
    )
order by location_rank asc nulls last
