{{ config(materialized="table") }}

-- before duplicates are found: which file's copy counts does not change a day
with file_days as (
    select
        session_date,
        source_file,
        cast(loaded_at as {{ dbt.type_string() }}) as loaded_at
    from {{ ref("int_file_days_loaded") }}
    where rejection_reason is null
),

{% if is_mapped("session_id") %}
-- a record may move the whole of its session to another day
versions as (
    select {{ version_of(["source_file", "loaded_at"]) }} as day_version
    from (select distinct source_file, loaded_at from file_days) as files
),

days as (
    select distinct
        file_days.session_date,
        versions.day_version
    from file_days
    cross join versions
)
{% else %}

days as (
    select
        session_date,
        {{ version_of(["source_file", "loaded_at"]) }} as day_version
    from file_days
    group by session_date
)
{% endif %}

select * from days
