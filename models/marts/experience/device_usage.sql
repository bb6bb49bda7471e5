with usage as (
    select
        user_devices.device,
        count(*) as user_count,
        {% for column in ["session_count", "duration_ms", "total_bytes"] %}
        cast(sum(user_devices.{{ column }}) as bigint) as {{ column }},
        {% endfor %}
        count(highly_engaged.user_id) as highly_engaged_user_count
    from {{ ref("int_user_devices") }} as user_devices
    left join {{ ref("int_highly_engaged_users") }} as highly_engaged
        on user_devices.user_id = highly_engaged.user_id
    group by user_devices.device
),

described as (
    select
        usage.device,
        devices.device_maker,
        devices.device_class,
        usage.user_count,
        usage.highly_engaged_user_count,
        usage.session_count,
        usage.duration_ms,
        usage.total_bytes,
        {{ share_of_total("usage.total_bytes") }} as traffic_share,
        cast(row_number() over (
            order by
                usage.total_bytes desc nulls last, usage.device asc nulls last
        ) as bigint) as device_rank
    from usage
    inner join {{ ref("int_devices") }} as devices
        on usage.device = devices.device
)

select * from described
order by device_rank asc nulls last
