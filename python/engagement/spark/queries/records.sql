-- The records of the files to land, as the view typed_records has them.
select
    typed_records.*,
    deliveries.delivery
from typed_records
inner join deliveries on typed_records.source_file = deliveries.name
