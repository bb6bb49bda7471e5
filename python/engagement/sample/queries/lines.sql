-- The export as lines, without the header. The footer replaces the last record.
with texts as (
    select
        number,
        fault,
        is_variant,
        coalesce(
            cast(columns(* exclude (number, fault, is_variant)) as varchar), ''
        )
    from export
),

joined as (
    select
        number,
        fault,
        is_variant,
        concat_ws(',', *columns(* exclude (number, fault, is_variant)))
            as whole
    from texts
)

select
    case
        when number = getvariable('sessions') then getvariable('footer')
        when fault = 'malformed_line' and is_variant then concat(whole, ',0')
        when fault = 'malformed_line' then left(whole, 80)
        else whole
    end as record_line
from joined
