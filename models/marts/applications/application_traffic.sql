with traffic as (
    select * from {{ ref("user_application_traffic") }}
),

applications as (
    select
        application,
        count(*) filter (where total_bytes > 0) as user_count,
        cast(sum(dl_bytes) as bigint) as dl_bytes,
        cast(sum(ul_bytes) as bigint) as ul_bytes,
        cast(sum(total_bytes) as bigint) as total_bytes
    from traffic
    group by application
),

ranked as (
    select
        application,
        user_count,
        dl_bytes,
        ul_bytes,
        total_bytes,
        {{ share_of_total("total_bytes") }} as traffic_share,
        cast(row_number() over (
            order by total_bytes desc nulls last, application asc nulls last
        ) as bigint) as application_rank
    from applications
)

select * from ranked
order by application_rank asc nulls last
