-- Else a user is counted twice, or somebody whom a place reaches is left out.
with curve as (
    select * from {{ ref("allocation_curve") }}
),

reached as (
    select count(distinct user_id) as user_count
    from {{ ref("int_highly_engaged_visits") }}
),

whole as (
    select
        coalesce(max(covered_users), 0) as covered_users,
        coalesce(sum(gain), 0) as gain,
        count(*) as location_count,
        coalesce(max(location_rank), 0) as last_rank
    from curve
)

select whole.*
from whole
cross join reached
where
    whole.last_rank <> whole.location_count
    {% if var("allocation_by") == "highly_engaged_users" %}
    or whole.covered_users <> reached.user_count
    or whole.gain <> reached.user_count
    {% endif %}
