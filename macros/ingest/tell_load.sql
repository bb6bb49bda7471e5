{% macro tell_load() -%}
    {% set file_days = ref("int_file_days") %}
    {% set loaded_days = ref("int_file_days_loaded") %}
    {% if is_building() and target.type == "duckdb" and load_relation(file_days) %}
    {% set loaded = run_query(load_counts(file_days, loaded_days))[0] %}
    {% if loaded.record_count %}
        {% do log(
            "%s records of %s files loaded: %s accepted, %s rejected, %s of them (%.1f %%)"
            " as duplicates of others" | format(
                loaded.record_count, loaded.file_count, loaded.accepted_count,
                loaded.record_count - loaded.accepted_count, loaded.duplicate_count,
                100 * loaded.duplicate_count / loaded.record_count
            ), info=True
        ) %}
        {% if loaded.duplicate_count > loaded.record_count * var("max_rejected_share") %}
            {% do exceptions.warn(
                loaded.duplicate_count ~ " of " ~ loaded.record_count ~ " new records"
                ~ " are duplicates of others, more than var max_rejected_share ("
                ~ var("max_rejected_share") ~ ") allows of other rejected records:"
                ~ " rejected_records names the file that holds each of them first."
            ) %}
        {% endif %}
    {% endif %}
    {% if loaded.session_count and not is_mapped("session_id")
        and loaded.session_record_count > 1.5 * loaded.session_count %}
        {% do exceptions.warn(
            "A session has %.1f records on average, which have the same user, start and"
            " end, and each counts as a session: if they are parts of one, map"
            " xdr_columns.session_id." | format(
                loaded.session_record_count / loaded.session_count
            )
        ) %}
    {% endif %}
    {% endif %}
{%- endmacro %}

{# SQL of the counts of the files that this build has loaded. #}
{% macro load_counts(file_days, loaded_days) -%}
    with days as (
        select * from {{ file_days }}
        where loaded_at = {{ load_time() }}
    ),

    -- before duplicates are found: sessions are counted where they are loaded
    sessions as (
        select
            cast(coalesce(sum(record_count), 0) as bigint) as session_record_count,
            cast(coalesce(sum(distinct_sessions), 0) as bigint) as session_count
        from {{ loaded_days }}
        where loaded_at = {{ load_time() }} and rejection_reason is null
    ),

    counts as (
        select
            count(distinct source_file) as file_count,
            cast(coalesce(sum(record_count), 0) as bigint) as record_count,
            cast(coalesce(sum(record_count) filter (
                where rejection_reason is null
            ), 0) as bigint) as accepted_count,
            cast(coalesce(sum(record_count) filter (
                where rejection_reason = 'duplicate_record'
            ), 0) as bigint) as duplicate_count
        from days
    )

    select * from counts cross join sessions
{%- endmacro %}
