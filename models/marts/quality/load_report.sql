with files as (
    select * from {{ ref("stg_xdr__files") }}
),

passed_over as (
    select * from {{ ref("stg_xdr__files_passed_over") }}
),

file_days as (
    select * from {{ ref("int_file_days") }}
),

loaded_days as (
    select * from {{ ref("int_file_days_loaded") }}
),

shared_sessions as (
    select * from {{ ref("int_shared_sessions") }}
),

counts as (
    select
        source_file,
        {% for reason in rejection_reasons() %}
        sum(
            case when rejection_reason = '{{ reason }}' then record_count end
        ) as {{ reason }}_count,
        {% endfor %}
        sum(case when rejection_reason is null then record_count end)
            as accepted_count,
        sum(case when rejection_reason is not null then record_count end)
            as rejected_count
    from file_days
    group by source_file
),

-- before duplicates are found: sessions are counted where they are loaded
as_loaded as (
    select
        source_file,
        sum(case when rejection_reason is null then record_count end)
            as accepted_count,
        sum(mangled_count) as mangled_count
    from loaded_days
    group by source_file
),

shared as (
    select
        source_file,
        sum(record_count - 1) as further_count
    from shared_sessions
    group by source_file
),

listed as (
    select
        source_file,
        file_bytes,
        modified_at,
        loaded_at,
        record_count,
        missing_fields,
        cast(null as {{ dbt.type_string() }}) as passed_over_because
    from files
    union all
    select
        source_file,
        file_bytes,
        modified_at,
        cast(null as timestamp) as loaded_at,
        0 as record_count,
        cast(null as {{ dbt.type_string() }}) as missing_fields,
        passed_over_because
    from passed_over
),

load_report as (
    select
        listed.source_file,
        listed.file_bytes,
        listed.modified_at,
        listed.loaded_at,
        {% for column in ["accepted", "rejected"] + rejection_reasons() %}
        cast(coalesce(counts.{{ column }}_count, 0) as bigint)
            as {{ column }}_count,
        {% endfor %}
        listed.record_count,
        cast(as_loaded.accepted_count as double)
        / (as_loaded.accepted_count - coalesce(shared.further_count, 0))
            as records_per_session,
        cast(coalesce(as_loaded.mangled_count, 0) as bigint)
            as mangled_text_count,
        listed.missing_fields,
        listed.passed_over_because
    from listed
    left join counts on listed.source_file = counts.source_file
    left join as_loaded on listed.source_file = as_loaded.source_file
    left join shared on listed.source_file = shared.source_file
)

select * from load_report
order by source_file asc nulls last
