{{ config(alias="weekly_retention") }}

{% set least = var("min_group_size") %}
{% set shown = "active_users not between 1 and " ~ (least - 1) %}

-- a week without active users reveals nobody if the cohort is large enough
select
    cohort_week,
    weeks_later,
    user_count,
    case when {{ shown }} then active_users end as active_users,
    case when {{ shown }} then retention_share end as retention_share,
    is_complete
from {{ ref("weekly_retention") }}
where user_count >= {{ least }}
order by cohort_week asc nulls last, weeks_later asc nulls last
