{% set current = {
    "current_in": "int_days",
    "keys": ["session_date", "day_version"],
} %}
{{ config(materialized="incremental", meta=current) }}

-- equal records are of the same session and day
{% set are_suspect %}
        rejection_reason is null
        {% call due() %}
        and session_date in (select days.session_date from days)
        {% endcall %}
        and {{ session_hash() }} in (
            select shared.session_hash
            from {{ ref("int_shared_sessions") }} as shared
        )
{% endset %}

with days as (
    {{ pending(current) }}
),

repeated_keys as (
    select {{ record_key() }} as record_key
    from {{ ref("stg_xdr__records") }}
    where {{ are_suspect }}
    group by record_key
    having count(*) > 1
),

-- a second scan is cheap; a single step would hold all records in memory
suspects as (
    select
        {{ record_columns() | join(",\n        ") }},
        record_number
    from {{ ref("stg_xdr__records_numbered") }}
    where
        {{ are_suspect }}
        and {{ record_key() }} in (
            select repeated_keys.record_key from repeated_keys
        )
),

delivered as (
    select
        suspects.*,
        files.file_version
    from suspects
    inner join {{ ref("stg_xdr__files") }} as files
        on suspects.source_file = files.source_file
),

numbered as (
    select
        *,
        row_number() over same_record as copy_number,
        first_value(source_file) over same_record as first_file,
        first_value(record_number) over same_record as first_record_number
    from delivered
    window
        same_record as (
            partition by {{ record_fields() | join(", ") }}
            order by file_version, source_file, record_number
        )
),

-- a day without repeated records gets a row too; otherwise every build would
-- search it again
versioned as (
    select
        days.session_date,
        days.day_version,
        numbered.{{ record_columns() | reject("eq", "session_date")
            | join(",\n        numbered.") }},
        numbered.record_number,
        numbered.copy_number,
        numbered.first_file,
        numbered.first_record_number
    from days
    left join numbered on days.session_date = numbered.session_date
)

select * from versioned
