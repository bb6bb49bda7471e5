{% macro guard_load() -%}
    {% set rows = run_query(load_figures()) %}
    {% set load = dict(zip(rows.column_names, rows[0].values())) %}
    {% if load.rejected_count > load.record_count * var("max_rejected_share") %}
        {% do exceptions.raise_compiler_error(
            load.rejected_count ~ " of " ~ load.record_count
            ~ " new records are rejected, more than var max_rejected_share ("
            ~ var("max_rejected_share") ~ ") allows; most are " ~ load.reason
            ~ ", in " ~ load.source_file
            ~ (" (" ~ load.detail ~ ")" if load.detail else "") ~ "."
        ) %}
    {% endif %}
    {% set unit = var("xdr_duration_unit") %}
    {% set is_long = load.long_count > load.short_count %}
    {% set odd_count = [load.long_count, load.short_count] | max %}
    {% if odd_count * 2 > load.compared_count %}
        {% do exceptions.raise_compiler_error(
            "The duration is " ~ ("longer" if is_long else "shorter")
            ~ " than the time from start to end by more than a factor of 30 in "
            ~ odd_count ~ " of " ~ load.compared_count ~ " new records, with column '"
            ~ var("xdr_columns").duration ~ "' read as '" ~ unit
            ~ "': set var xdr_duration_unit to '" ~ ("ms" if is_long else "s")
            ~ "', or var xdr_columns.duration to another column."
        ) %}
    {% endif %}
{%- endmacro %}

{#
    SQL for guard_load, one row about what this build has loaded: record_count,
    rejected_count, the most frequent reason with one file and one detail of it;
    and of the records whose start and end are a minute apart or more, in how
    many the duration is far longer or shorter than that (long_count,
    short_count, compared_count). One pass: it is made of all that was loaded.
#}
{% macro load_figures() -%}
    with timed as (
        select
            rejection_reason,
            source_file,
            rejection_detail,
            duration_ms,
            case
                when rejection_reason is null
                    then {{ milliseconds_between("started_at", "ended_at") }}
            end as elapsed_ms
        from {{ this }}
        where loaded_at = {{ load_time() }}
    ),

    reasons as (
        select
            rejection_reason,
            count(*) as record_count,
            min(source_file) as source_file,
            min(rejection_detail) as rejection_detail,
            count(*) filter (
                where elapsed_ms >= 60000 and duration_ms > elapsed_ms * 30
            ) as long_count,
            count(*) filter (
                where elapsed_ms >= 60000 and duration_ms * 30 < elapsed_ms
            ) as short_count,
            count(*) filter (where elapsed_ms >= 60000) as compared_count
        from timed
        group by rejection_reason
    ),

    rejected as (
        select
            sum(record_count) as rejected_count,
            max_by(rejection_reason, record_count) as reason,
            max_by(source_file, record_count) as source_file,
            max_by(rejection_detail, record_count) as detail
        from reasons
        where rejection_reason is not null
    )

    select
        cast(coalesce(sum(reasons.record_count), 0) as bigint) as record_count,
        cast(coalesce(max(rejected.rejected_count), 0) as bigint) as rejected_count,
        max(rejected.reason) as reason,
        max(rejected.source_file) as source_file,
        max(rejected.detail) as detail,
        cast(coalesce(sum(reasons.long_count), 0) as bigint) as long_count,
        cast(coalesce(sum(reasons.short_count), 0) as bigint) as short_count,
        cast(coalesce(sum(reasons.compared_count), 0) as bigint) as compared_count
    from rejected
    left join reasons on true
{%- endmacro %}
