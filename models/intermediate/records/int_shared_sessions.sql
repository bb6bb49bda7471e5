{% set current = {
    "current_in": "files_loaded",
    "keys": ["source_file", "loaded_at"],
} %}
{{ config(materialized="incremental", meta=current) }}

-- equal records are of the same session and day
{% set of_these_days %}
        rejection_reason is null
        {% call due() %}
        and session_date in (
            select records.session_date
            from {{ ref("stg_xdr__records") }} as records
            inner join files on records.source_file = files.source_file
        )
        {% endcall %}
{% endset %}

with files as (
    {{ pending(current) }}
),

shared as (
    select {{ session_hash() }} as session_hash
    from {{ ref("stg_xdr__records") }}
    where {{ of_these_days }}
    group by session_hash
    having count(*) > 1
),

-- a second scan is cheap; in a single step each group would be five times wider
sessions as (
    select
        {{ session_hash() }} as session_hash,
        source_file,
        session_date,
        count(*) as record_count
    from {{ ref("stg_xdr__records") }}
    where
        rejection_reason is null
        and {{ session_hash() }} in (select shared.session_hash from shared)
    group by {{ session_hash() }}, source_file, session_date
),

-- a file without shared sessions gets a row too; otherwise every build would
-- search it again
listed as (
    select
        files.source_file,
        files.loaded_at,
        sessions.session_date,
        sessions.session_hash,
        sessions.record_count
    from files
    left join sessions on files.source_file = sessions.source_file
)

select * from listed
