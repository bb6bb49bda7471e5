with clusters as (
    select
        user_clusters.cluster_id,
        user_clusters.cluster_name,
        {% for application in var("applications") %}
        sum(
            case
                when
                    users.{{ application.name }}_dl_bytes
                    + users.{{ application.name }}_ul_bytes > 0
                    then 1
                else 0
            end
        ) as {{ application.name }}_user_count,
        {% endfor %}
        {% for column in application_columns() %}
        sum(users.{{ column }}) as {{ column }},
        {% endfor %}
        count(*) as users_of_cluster
    from {{ ref("int_users") }} as users
    inner join {{ ref("user_clusters") }} as user_clusters
        on users.user_id = user_clusters.user_id
    group by user_clusters.cluster_id, user_clusters.cluster_name
),

applications as (
    {% for application in var("applications") %}
    select
        cluster_id,
        cluster_name,
        '{{ application.name }}' as application,
        users_of_cluster,
        cast({{ application.name }}_user_count as bigint) as user_count,
        cast({{ application.name }}_dl_bytes as bigint) as dl_bytes,
        cast({{ application.name }}_ul_bytes as bigint) as ul_bytes,
        cast(
            {{ application.name }}_dl_bytes + {{ application.name }}_ul_bytes
            as bigint
        ) as total_bytes
    from clusters
    {{ "union all" if not loop.last }}
    {% else %}
    {{ no_rows("clusters", {
        "cluster_id": "bigint",
        "cluster_name": "string",
        "application": "string",
        "users_of_cluster": "bigint",
        "user_count": "bigint",
        "dl_bytes": "bigint",
        "ul_bytes": "bigint",
        "total_bytes": "bigint",
    }) }}
    {% endfor %}
),

shared as (
    select
        *,
        cast(total_bytes as double) / nullif(
            cast(sum(total_bytes) over (partition by cluster_id) as double), 0
        ) as share_of_cluster,
        cast(sum(total_bytes) over (partition by application) as double)
        / nullif(cast(sum(total_bytes) over () as double), 0)
            as share_of_all
    from applications
),

cluster_applications as (
    select
        cluster_id,
        cluster_name,
        application,
        user_count,
        dl_bytes,
        ul_bytes,
        total_bytes,
        cast(total_bytes as double) / users_of_cluster as bytes_per_user,
        coalesce(share_of_cluster, 0) as traffic_share,
        100 * coalesce(share_of_cluster, 0) / nullif(share_of_all, 0)
            as traffic_index,
        cast(dl_bytes as double) / nullif(ul_bytes, 0) as dl_ul_ratio
    from shared
)

select * from cluster_applications
order by cluster_id asc nulls last, application asc nulls last
