{{ config(alias="hourly_traffic") }}

{% set least = var("min_group_size") %}
{% set sessions = "concurrent_sessions" %}
{% set whole_groups = sessions if least == 1
    else "cast(" ~ least ~ " * floor(" ~ sessions ~ " / " ~ least
        ~ ") as double)" %}

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

ends as (
    {% for end in ["start_hour", "end_hour"] %}
    select
        cluster_id,
        user_id,
        {{ end }} as hour_started_at
    from users
    {{ "union all" if not loop.last }}
    {% endfor %}
),

busy as (
    select
        cluster_id,
        hour_started_at,
        count(distinct user_id) as user_count
    from ends
    group by cluster_id, hour_started_at
    having count(distinct user_id) >= {{ least }}
),

-- only in the other hours is it looked for users whose sessions run through
quiet as (
    select
        traffic.cluster_id,
        traffic.hour_started_at
    from {{ ref("hourly_traffic") }} as traffic
    left join busy
        on
            traffic.cluster_id = busy.cluster_id
            and traffic.hour_started_at = busy.hour_started_at
    where busy.user_count is null
),

seen as (
    select * from busy
    union all
    select
        quiet.cluster_id,
        quiet.hour_started_at,
        count(distinct users.user_id) as user_count
    from quiet
    inner join users
        on
            quiet.cluster_id = users.cluster_id
            and quiet.hour_started_at >= users.start_hour
            and quiet.hour_started_at <= users.end_hour
    group by quiet.cluster_id, quiet.hour_started_at
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
