{% macro guard_load() -%}
    {% set figures = run_query(
        "select coalesce(to_json(list(figures)), '[]')"
        ~ " from (" ~ load_figures() ~ ") as figures"
    )[0][0] %}
    {% do ask("check_load", [
        figures, tojson(xdr_mapping()), tojson({
            "max_rejected_share": var("max_rejected_share"),
            "xdr_duration_unit": var("xdr_duration_unit"),
            "xdr_volume_unit": var("xdr_volume_unit"),
        })
    ]) %}
    {% set days = run_query(
        "select distinct cast(session_date as varchar) from " ~ this
        ~ " where rejection_reason is null order by all"
    ).columns[0].values() %}
    {% for warning in ask("check_days", [
        tojson(days), tojson(var("xdr_timestamp_formats"))
    ]) %}
        {% do exceptions.warn(warning) %}
    {% endfor %}
    {% for application in var("applications") if is_mapped("application") %}
    {% for value in application.get("values") or [] if not run_query(
        "from " ~ this ~ " where application = " ~ quote_text(value) ~ " limit 1"
    ).rows %}
        {% do exceptions.warn(
            "No record has the application '" ~ value ~ "', which var applications: "
            ~ application.name ~ " lists: check how it is written."
        ) %}
    {% endfor %}
    {% endfor %}
    {% for field in ["location", "application"] if is_mapped(field) %}
    {% for row in run_query(
        "select " ~ field ~ ", count(*) from " ~ this ~ " where loaded_at = "
        ~ load_time() ~ " and rejection_reason is null group by all having lower("
        ~ field ~ ") in " ~ quote_tuple(ask("doubtful_texts", [])) ~ " order by all"
    ) %}
        {% do exceptions.warn(
            row[1] ~ " new records have the " ~ field ~ " '" ~ row[0] ~ "': if it stands"
            ~ " for a missing value, list it in var xdr_csv.nulls."
        ) %}
    {% endfor %}
    {% endfor %}
{%- endmacro %}

{# SQL of what check_load needs, in one pass over what was loaded. #}
{% macro load_figures() -%}
    {% set is_timed = is_mapped("started_at") and is_mapped("ended_at")
        and is_mapped("duration") %}
    with timed as (
        select
            *,
            rowid,
            case
                when rejection_reason is null
                    then {{ milliseconds_between("started_at", "ended_at")
                        if is_timed else "null" }}
            end as elapsed_ms,
            rejection_reason is null
            and duration_ms > 0
            and (dl_bytes > 0 or ul_bytes > 0) as has_rate
        from {{ this }}
        where loaded_at = {{ load_time() }}
    )

    select
        rejection_reason as reason,
        count(*) as record_count,
        arg_min(source_file, rowid) as source_file,
        arg_min(rejection_detail, rowid) as detail,
        count(*) filter (
            where rejection_reason = 'malformed_line'
            and rejection_detail like '%invalid encoding%'
        ) as spoiled_count,
        count(*) filter (
            where elapsed_ms >= 60000 and duration_ms > elapsed_ms * 30
        ) as long_count,
        count(*) filter (
            where elapsed_ms >= 60000 and duration_ms * 30 < elapsed_ms
        ) as short_count,
        count(*) filter (where elapsed_ms >= 60000) as compared_count,
        count(*) filter (where has_rate) as rated_count,
        -- as bigints, those of rejected records might overflow
        coalesce(sum(
            cast(dl_bytes as double) + cast(ul_bytes as double)
        ) filter (where has_rate), 0) as rated_bytes,
        cast(coalesce(sum(duration_ms) filter (where has_rate), 0) as double) / 1000
            as rated_seconds
    from timed
    group by rejection_reason
{%- endmacro %}
