-- Which fault each record has, and which user it belongs to. Each record
-- without a fault has a slot. The first slots belong to one user each, and the
-- users of the other slots are drawn. A duplicate is a copy of its origin, the
-- record before it.
with numbered as (
    select
        number,
        number * getvariable('faults_per_million') // 1000000 as faults_before,
        (number + 1) * getvariable('faults_per_million') // 1000000
        > faults_before as is_faulty
    from compressed.numbers
),

faulted as (
    select
        number,
        getvariable('faults') as faults,
        if(is_faulty, faults[1 + faults_before % len(faults)], null) as fault,
        faults_before // len(faults) % 2 = 1 as is_variant,
        if(fault = 'duplicate_record', number - 1, number) as origin,
        (origin - faults_before) * getvariable('stride') % getvariable('sound')
            as slot
    from numbered
),

drawn as (
    select
        *,
        getvariable('users') as users,
        -- 5 % of the users, who have 40 % of the sessions beyond one per user
        users // 20 as heavy,
        -- 25 % of the users; the 20 % in between have 40 % of the sessions too
        users // 4 as frequent,
        100 * u(origin, 'segment') as percentile,
        -- the power 1.25 favours the first users; sqrt is exact everywhere
        u(origin, 'rank') * sqrt(sqrt(u(origin, 'rank'))) as spot
    from faulted
),

assigned as (
    select
        *,
        case
            when slot < users then slot
            when percentile < 40 then below(heavy, spot)
            when percentile < 80 then heavy + below(frequent - heavy, spot)
            else frequent + below(users - frequent, spot)
        end as person
    from drawn
)

select
    number,
    fault,
    is_variant,
    origin,
    person,
    -- how long and heavy the user's sessions are
    case
        when person < heavy then 1.7
        when person < frequent then 1.4
        else 1.0
    end * (0.8 + 0.4 * u(person, 'size')) as size
from assigned
