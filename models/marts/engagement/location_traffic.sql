with user_locations as (
    select * from {{ ref("int_user_locations") }}
),

locations as (
    select
        user_locations.location,
        count(*) as user_count,
        count(highly_engaged.user_id) as highly_engaged_user_count,
        {% for column in session_totals() %}
        cast(sum(user_locations.{{ column }}) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(user_locations.total_bytes) as bigint) as total_bytes
    from user_locations
    left join {{ ref("int_highly_engaged_users") }} as highly_engaged
        on user_locations.user_id = highly_engaged.user_id
    group by user_locations.location
),

ranked as (
    select
        *,
        {{ share_of_total("total_bytes") }} as traffic_share,
        cast(row_number() over (
            order by total_bytes desc nulls last, location asc nulls last
        ) as bigint) as location_rank
    from locations
)

select * from ranked
order by location_rank asc nulls last
