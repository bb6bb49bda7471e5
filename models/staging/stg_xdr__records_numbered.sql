{{ config(materialized="view") }}

-- The load keeps the records of a file in their order. rowid is the place of a
-- row in a table of DuckDB; what is landed for Spark has it as a column.
with first_rows as (
    select
        source_file,
        min(rowid) as first_rowid
    from {{ ref("stg_xdr__records") }}
    group by source_file
),

numbered as (
    select
        records.*,
        case
            when records.line_number is null
                then records.rowid - first_rows.first_rowid + 1
        end as record_number
    from {{ ref("stg_xdr__records") }} as records
    inner join first_rows on records.source_file = first_rows.source_file
)

select * from numbered
