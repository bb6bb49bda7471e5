-- Else a pseudonym has no number, or the number of a user who left is kept.
with users as (
    select distinct user_id from {{ ref("int_user_days") }}
    where {{ "true" if keeps_identities() else "false" }}
),

identities as (
    select
        user_id,
        count(msisdn) as number_count
    from {{ source("private", "user_identities") }}
    group by user_id
)

select
    users.user_id,
    identities.user_id as identity_user_id
from users
full outer join identities on users.user_id = identities.user_id
where
    users.user_id is null
    or identities.user_id is null
    or identities.number_count <> 1
