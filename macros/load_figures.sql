{#
    SQL for guard_load, one row about what this build has loaded: record_count,
    rejected_count, the most frequent reason with one file and one detail of it;
    and of the records whose start and end are a minute apart or more, in how
    many the duration is far longer or shorter than that (long_count,
    short_count, compared_count).
#}
{% macro load_figures() -%}
    with loaded as (
        select
            *,
            {{ milliseconds_between("started_at", "ended_at") }} as elapsed_ms
        from {{ this }}
        where loaded_at = {{ load_time() }}
    ),

    reasons as (
        select
            rejection_reason,
            count(*) as reason_count,
            min(source_file) as source_file,
            min(rejection_detail) as rejection_detail
        from loaded
        where rejection_reason is not null
        group by rejection_reason
    ),

    units as (
        select
            count(*) filter (where duration_ms > elapsed_ms * 30) as long_count,
            count(*) filter (where duration_ms * 30 < elapsed_ms) as short_count,
            count(*) as compared_count
        from loaded
        where rejection_reason is null and elapsed_ms >= 60000
    )

    select
        (select count(*) from loaded) as record_count,
        coalesce(sum(reasons.reason_count), 0) as rejected_count,
        max_by(reasons.rejection_reason, reasons.reason_count) as reason,
        max_by(reasons.source_file, reasons.reason_count) as source_file,
        max_by(reasons.rejection_detail, reasons.reason_count) as detail,
        max(units.long_count) as long_count,
        max(units.short_count) as short_count,
        max(units.compared_count) as compared_count
    from units
    left join reasons on true
{%- endmacro %}
