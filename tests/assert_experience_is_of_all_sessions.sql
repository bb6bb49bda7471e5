-- Else a session is judged twice or not at all, or a user has no class.
with totals as (
    {% for mart in ["user", "device", "location"] %}
    select
        '{{ mart }}' as mart,
        coalesce(sum(session_count), 0) as session_count
    from {{ ref(mart ~ "_experience") }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

users as (
    select
        coalesce(sum(session_count), 0) as session_count,
        count(*) as user_count,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("user_engagement") }}
),

classes as (
    select
        coalesce(sum(user_count), 0) as user_count,
        coalesce(sum(total_bytes), 0) as total_bytes
    from {{ ref("engagement_experience") }}
)

select
    totals.mart,
    totals.session_count as found,
    users.session_count as expected
from totals
cross join users
where totals.session_count <> users.session_count
union all
select
    'engagement' as mart,
    classes.user_count as found,
    users.user_count as expected
from classes
cross join users
where
    classes.user_count <> users.user_count
    or classes.total_bytes <> users.total_bytes
