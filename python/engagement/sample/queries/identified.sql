-- The first ten columns of the reference export: whose session it is, when and
-- where.
-- noqa: disable=references.special_chars,references.quoting
select
    *,
    -- the spreadsheet left so few digits that users share an id
    if(
        u(origin, 'bearer') < 0.99,
        printf('%.14E', 1.3e19 + 1e5 * (line_number // 4)),
        null
    ) as "Bearer Id",
    case
        when fault = 'ends_before_start' then clock(ended + 86400000)
        when fault = 'unreadable_value' and is_variant then '31.04.2019'
        else clock(started)
    end as "Start",
    started % 1000 as "Start ms",
    case
        when fault = 'unreadable_value' and not is_variant then 'n/a'
        when fault = 'missing_value' and is_variant then null
        else clock(ended)
    end as "End",
    ended % 1000 as "End ms",
    if(fault = 'negative_value' and is_variant, -seconds, seconds)
        as "Dur. (ms)",
    if(u(origin, 'imsi') < 0.99, 999990000000000 + line_number, null) as "IMSI",
    -- one user in a hundred is a machine, with a longer number
    case
        when fault = 'missing_user_id' then if(is_variant, ' ', null)
        when fault = 'malformed_user_id'
            then if(is_variant, '9.99E+10', 'unknown')
        when person % 100 = 99
            then cast(9990000000000 + line_number as varchar)
        else cast(99900000000 + line_number as varchar)
    end as "MSISDN/Number",
    if(u(origin, 'imei') < 0.99, 99999900000000 + line_number, null) as "IMEI",
    if(u(origin, 'location') < 0.99, location_name(cell), null)
        as "Last Location Name"
from sessions
