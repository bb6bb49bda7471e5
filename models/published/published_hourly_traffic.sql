{{ config(alias="hourly_traffic") }}

{% set least = var("min_group_size") %}
{% set sessions = "concurrent_sessions" %}
{% set whole_groups = sessions if least == 1
    else least ~ " * floor(" ~ sessions ~ " / " ~ least ~ ")" %}

-- Two users of all sessions that start and end in the same two hours are enough
-- to tell the hours with few users: these have few sessions.
with users as (
    {% for user in ["first_user_id", "last_user_id"] %}
    select
        cluster_id,
        start_hour,
        end_hour,
        {{ user }} as user_id
    from {{ ref("int_session_hours") }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

seen as (
    select
        users.cluster_id,
        hours.hour_started_at,
        count(distinct users.user_id) as user_count
    from users
    inner join {{ ref("int_hours") }} as hours
        on hours.hour_started_at between users.start_hour and users.end_hour
    group by users.cluster_id, hours.hour_started_at
),

judged as (
    select
        *,
        case
            when {{ of_enough_users("hour_started_at", "cluster_id") }}
                then false
            else true
        end as is_withheld
    from seen
),

marked as (
    select
        traffic.*,
        coalesce(judged.is_withheld, false) as is_withheld
    from {{ ref("hourly_traffic") }} as traffic
    left join judged
        on
            traffic.cluster_id = judged.cluster_id
            and traffic.hour_started_at = judged.hour_started_at
)

select
    hour_started_at,
    hour_at,
    cluster_id,
    cluster_name,
    case when not is_withheld then total_bytes end as total_bytes,
    case
        when not is_withheld and not {{ is_few("concurrent_sessions") }}
            then {{ whole_groups }}
    end as concurrent_sessions,
    hour_rank,
    is_withheld or {{ is_few("concurrent_sessions") }} as is_withheld
from marked
order by hour_started_at asc nulls last, cluster_id asc nulls last
