{{ config(materialized="table") }}

with file_days as (
    select distinct
        session_date,
        source_file,
        file_version
    from {{ ref("int_file_days") }}
    where
        session_date is not null
        -- which file holds a repeated record changes no day
        and coalesce(rejection_reason, 'duplicate_record') = 'duplicate_record'
),

days as (
    select
        session_date,
        {{ version_of(["source_file", "file_version"]) }} as day_version
    from file_days
    group by session_date
)

select * from days
