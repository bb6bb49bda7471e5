{{ config(alias="location_hours") }}

{# So many users may stand for no row. #}
{% set few = var("min_group_size") - 1 %}
{% set figures =
    ["total_bytes", "mean_mbit_per_second", "peak_mbit_per_second"] %}

with ranked as (
    select
        user_locations.location,
        user_locations.session_weeks,
        highly_engaged.user_id is not null as is_highly_engaged,
        row_number() over (
            partition by user_locations.location
            order by user_locations.session_weeks desc nulls last
        ) as user_rank
    from {{ ref("int_user_locations") }} as user_locations
    left join {{ ref("int_highly_engaged_users") }} as highly_engaged
        on user_locations.user_id = highly_engaged.user_id
),

-- in more sessions than the busiest few users have are more users
locations as (
    select
        location,
        count(*) as user_count,
        count(case when is_highly_engaged then 1 end)
            as highly_engaged_user_count,
        sum(case when user_rank <= {{ few }} then session_weeks else 0 end)
            as session_weeks
    from ranked
    group by location
),

compared as (
    select
        hours.*,
        hours.session_count - locations.session_weeks as sessions_beyond,
        {{ leaves_few(
            "locations.highly_engaged_user_count", "locations.user_count"
        ) }} as leaves_few
    from {{ ref("location_hours") }} as hours
    inner join {{ ref("published_location_traffic") }} as places
        on hours.location = places.location
    inner join locations on hours.location = locations.location
),

judged as (
    select
        *,
        case
            when {{ "true" if not few else of_enough_users(
                "hour_of_week", "location", "sessions_beyond", 1
            ) }} then false
            else true
        end as is_withheld
    from compared
),

shown as (
    select
        location,
        hour_of_week,
        case when not is_withheld then {{ rounded_down("session_count") }} end
            as session_count,
        {% for figure in figures %}
        case when not is_withheld then {{ figure }} end as {{ figure }},
        {% endfor %}
        case
            when not is_withheld and not leaves_few then highly_engaged_bytes
        end as highly_engaged_bytes,
        is_withheld or leaves_few as is_withheld
    from judged
)

select * from shown
order by location asc nulls last, hour_of_week asc nulls last
