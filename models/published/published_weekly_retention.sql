{{ config(alias="weekly_retention") }}

{% set least = var("min_group_size") %}

-- a week without active users reveals nobody if the cohort is large enough
select *
from {{ ref("weekly_retention") }}
where
    active_users >= {{ least }}
    or (active_users = 0 and user_count >= {{ least }})
order by cohort_week asc nulls last, weeks_later asc nulls last
