with files as (
    select * from {{ ref("stg_xdr__files") }}
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

load_report as (
    select
        files.source_file,
        files.file_bytes,
        files.modified_at,
        files.loaded_at,
        {% for column in ["accepted", "rejected"] + rejection_reasons() %}
        cast(coalesce(counts.{{ column }}_count, 0) as bigint)
            as {{ column }}_count,
        {% endfor %}
        files.record_count,
        cast(counts.accepted_count as double) / nullif(counts.distinct_sessions, 0)
            as records_per_session,
        cast(coalesce(counts.mangled_count, 0) as bigint) as mangled_text_count
    from files
    left join counts on files.source_file = counts.source_file
)

select * from load_report
order by source_file asc nulls last
