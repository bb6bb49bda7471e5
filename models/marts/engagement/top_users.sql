{{ config(materialized="view") }}

{{ top_users_among("true") }}
