with sessions as (
    select * from {{ ref("int_measured_sessions") }}
),

sums as (
    select
        device,
        {{ experience_sums() }}
    from sessions
    group by device
),

experience as (
    select
        device,
        {{ experience_figures() }}
    from sums
)

select * from experience
order by device asc nulls last
