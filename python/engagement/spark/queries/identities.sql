-- The numbers behind the pseudonyms of the files to land.
select distinct
    identities.*,
    deliveries.delivery
from typed_records
inner join deliveries on typed_records.source_file = deliveries.name
inner join private.user_identities as identities
    on typed_records.user_id = identities.user_id
