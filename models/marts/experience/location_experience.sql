with sessions as (
    select * from {{ ref("int_measured_sessions") }}
),

sums as (
    select
        location,
        {{ experience_sums() }}
    from sessions
    group by location
),

experience as (
    select
        location,
        {{ experience_figures() }}
    from sums
)

select * from experience
order by location asc nulls last
