{{ config(materialized="table") }}

{% if is_building() and not adapter.get_relation(
    target.database, "staging", "devices"
) %}
{% do exceptions.raise_compiler_error(
    "The seed devices is not loaded yet: run `dbt seed` first, or `dbt build`,"
    ~ " which loads it too."
) %}
{% endif %}

with makers as (
    select
        device,
        device_maker,
        sum(session_count) as session_count
    from {{ ref("int_user_devices") }}
    group by device, device_maker
),

-- where several makers stand beside one name, the one of most sessions is meant
ranked as (
    select
        *,
        row_number() over (
            partition by device
            order by session_count desc nulls last, device_maker asc nulls last
        ) as maker_rank
    from makers
),

named as (
    select
        device,
        device_maker,
        lower(concat(coalesce(device_maker || ' ', ''), device)) as full_name
    from ranked
    where maker_rank = 1
),

-- of several patterns that fit, the longest is the most exact
matched as (
    select
        named.device,
        named.device_maker,
        patterns.class,
        row_number() over (
            partition by named.device
            order by
                length(patterns.pattern) desc nulls last,
                patterns.pattern asc nulls last
        ) as pattern_rank
    from named
    left join {{ ref("devices") }} as patterns
        on named.full_name like lower(patterns.pattern)
),

devices as (
    select
        device,
        device_maker,
        coalesce(class, 'unknown') as device_class
    from matched
    where pattern_rank = 1
)

select * from devices
