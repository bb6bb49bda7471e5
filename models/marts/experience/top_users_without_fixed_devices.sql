{{ config(materialized="view") }}

{{ top_users_among("not " ~ is_fixed("device_class")) }}
