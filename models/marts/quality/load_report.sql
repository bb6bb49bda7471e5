with files as (
    select * from {{ ref("stg_xdr__files") }}
),

passed_over as (
    select * from {{ ref("stg_xdr__files_passed_over") }}
),

file_days as (
    select * from {{ ref("int_file_days") }}
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
            as rejected_count,
        sum(distinct_sessions) as distinct_sessions,
        sum(mangled_count) as mangled_count
    from file_days
    group by source_file
),

listed as (
    select
        source_file,
        file_bytes,
        modified_at,
        loaded_at,
        record_count,
        cast(null as {{ dbt.type_string() }}) as passed_over_because
    from files
    union all
    select
        source_file,
        file_bytes,
        modified_at,
        cast(null as timestamp) as loaded_at,
        0 as record_count,
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
        cast(counts.accepted_count as double)
        / nullif(counts.distinct_sessions, 0) as records_per_session,
        cast(coalesce(counts.mangled_count, 0) as bigint)
            as mangled_text_count,
        listed.passed_over_because
    from listed
    left join counts on listed.source_file = counts.source_file
)

select * from load_report
order by source_file asc nulls last
