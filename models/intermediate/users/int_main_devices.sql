{{ config(materialized="view") }}

-- a device that the export does not name is a user's only if none is named
with ranked as (
    select
        user_id,
        device,
        row_number() over (
            partition by user_id
            order by
                device = '(missing)' asc,
                total_bytes desc nulls last,
                device asc nulls last
        ) as device_rank
    from {{ ref("int_user_devices") }}
),

main_devices as (
    select
        ranked.user_id,
        ranked.device,
        devices.device_class
    from ranked
    inner join {{ ref("int_devices") }} as devices
        on ranked.device = devices.device
    where ranked.device_rank = 1
)

select * from main_devices
