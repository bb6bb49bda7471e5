-- Time, length and place of each record, and how heavy its traffic is.
with timed as (
    select
        *,
        getvariable('first_day_ms')
        + 86400000 * below(getvariable('days'), u(origin, 'day'))
        + 3600000 * pick(getvariable('hours'), u(origin, 'hour'))
        + below(3600000, u(origin, 'ended')) as ended,
        u(origin, 'length') as length,
        length * length * length as stretch,
        -- at size 1 up to three days, and a quarter of that on average
        60 + below(259200 * size, stretch) as seconds,
        below(1000, u(origin, 'fraction')) as fraction,
        ended - 1000 * seconds - fraction as started,
        -- longer sessions carry more
        size * (0.5 + 2 * stretch)
        * if(is_listed('routers', person), 40, 1) as weight
    from records
)

select
    *,
    -- seven in ten sessions are at the user's home
    below(
        getvariable('places'),
        if(u(origin, 'away') < 0.3, u(origin, 'cell'), u(person, 'cell'))
    ) as cell,
    -- 8 digits; 61803399 is coprime to 10^8, so no two users share a number
    (person * 61803399 + 27182818) % 100000000 as line_number
from timed
