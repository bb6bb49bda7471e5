-- depends_on: {{ ref("stg_xdr__records") }}, so that both lists are of one load
{{ config(materialized="view") }}

select * from {{ source("state", "files_passed_over") }}
