{% macro tell_load() -%}
    {% set file_days = ref("int_file_days") %}
    {% set loaded_days = ref("int_file_days_loaded") %}
    {% set shared = ref("int_shared_sessions") %}
    {% if is_building() and target.type == "duckdb" and load_relation(file_days) %}
    {% set told = ask("describe_load", [run_query(load_counts(
        file_days, loaded_days, shared
    ))[0][0], tojson({
        "max_rejected_share": var("max_rejected_share"),
        "has_session_ids": is_mapped("session_id"),
    })]) %}
    {% for line in told.lines %}{% do log(line, info=True) %}{% endfor %}
    {% for warning in told.warnings %}{% do exceptions.warn(warning) %}{% endfor %}
    {% endif %}
{%- endmacro %}

{# SQL of the counts of the files that this build has loaded, as JSON. #}
{% macro load_counts(file_days, loaded_days, shared) -%}
    select to_json({
        'files': count(distinct source_file),
        'records': coalesce(sum(record_count), 0)::bigint,
        'accepted': coalesce(sum(record_count) filter (
            rejection_reason is null
        ), 0)::bigint,
        'duplicates': coalesce(sum(record_count) filter (
            rejection_reason = 'duplicate_record'
        ), 0)::bigint,
        'sessions': (
            select coalesce(sum(record_count), 0)::bigint from {{ loaded_days }}
            where loaded_at = {{ load_time() }} and rejection_reason is null
        ) - (
            select coalesce(sum(record_count - 1), 0)::bigint from {{ shared }}
            where loaded_at = {{ load_time() }}
        )
    })
    from {{ file_days }}
    where loaded_at = {{ load_time() }}
{%- endmacro %}
