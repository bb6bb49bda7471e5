{{ config(materialized="table") }}

with user_devices as (
    select
        user_id,
        device,
        {% for column in ["session_count", "duration_ms", "total_bytes"] %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        min(device_maker) as device_maker
    from {{ ref("int_measured_sessions") }}
    group by user_id, device
)

select * from user_devices
