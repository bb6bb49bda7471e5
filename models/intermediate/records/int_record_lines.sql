{{ config(materialized="view") }}

-- only of files that have lines, which Parquet has not
with files as (
    select * from {{ ref("stg_xdr__files") }}
    where passed_lines is not null
),

-- the lines that hold no record
passed as (
    select
        source_file,
        {{ each_of("passed_lines") }} as line_number
    from files
    union all
    select
        source_file,
        line_number
    from {{ ref("int_records_rejected") }}
    where line_number is not null
),

counted as (
    select
        source_file,
        line_number,
        row_number() over (
            partition by source_file order by line_number
        ) as passed_count
    from passed
),

records as (
    select
        source_file,
        record_number
    from {{ ref("int_records_rejected") }}
    where line_number is null
    union all
    select
        source_file,
        record_number
    from {{ ref("int_records_repeated") }}
    where copy_number is not null
),

-- each line that is passed stands before the record that follows it
placed as (
    select
        source_file,
        record_number,
        cast(null as bigint) as passed_count
    from records
    union all
    select
        source_file,
        0 as record_number,
        0 as passed_count
    from files
    union all
    select
        source_file,
        line_number - passed_count + 1 as record_number,
        passed_count
    from counted
),

record_lines as (
    select
        source_file,
        record_number,
        record_number + max(passed_count) over (
            partition by source_file order by record_number
        ) as line_number,
        passed_count is null as is_record
    from placed
)

select
    source_file,
    record_number,
    line_number
from record_lines
where is_record
