with user_locations as (
    select
        coalesce(location, '(missing)') as location,
        {% for column in session_totals() %}
        coalesce(sum({{ column }}), 0) as {{ column }},
        {% endfor %}
        user_id
    from {{ ref("int_signed_sessions") }}
    where {{ in_period("session_date") }}
    group by coalesce(location, '(missing)'), user_id
),

most_engaged as (
    select max(cluster_id) as cluster_id
    from {{ ref("cluster_centroids") }}
),

locations as (
    select
        user_locations.location,
        count(*) as user_count,
        count(most_engaged.cluster_id) as highly_engaged_user_count,
        {% for column in session_totals() %}
        cast(sum(user_locations.{{ column }}) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(user_locations.dl_bytes + user_locations.ul_bytes) as bigint)
            as total_bytes
    from user_locations
    inner join {{ ref("user_clusters") }} as user_clusters
        on user_locations.user_id = user_clusters.user_id
    left join most_engaged
        on user_clusters.cluster_id = most_engaged.cluster_id
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
