with sessions as (
    select * from {{ ref("int_measured_sessions") }}
),

sums as (
    select
        user_id,
        {{ experience_sums() }}
    from sessions
    group by user_id
),

experience as (
    select
        user_id,
        {{ experience_figures() }}
    from sums
),

classed as (
    select
        *,
        case
            when poor_share < 0.1 then 'good'
            when poor_share < 0.3 then 'fair'
            when poor_share is not null then 'poor'
            else 'unmeasured'
        end as experience_class
    from experience
)

select * from classed
order by user_id asc nulls last
