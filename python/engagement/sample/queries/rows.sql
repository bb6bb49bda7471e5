-- The export as typed columns. The footer replaces the last record; a union
-- would run on one thread.
with replaced as (
    select
        unnest(
            if(
                number = getvariable('sessions'), getvariable('footer'), export
            )
        )
    from export
)

select * exclude (number, fault, is_variant)
from replaced
