-- depends_on: {{ ref("stg_xdr__records") }}, whose load writes the list
{{ config(materialized="view") }}

select * from {{ source("state", "files_loaded") }}
