{{ config(materialized="view") }}

with sessions as (
    select * from {{ ref("int_signed_sessions") }}
    where {{ in_period("session_date") }}
)

select * from sessions
