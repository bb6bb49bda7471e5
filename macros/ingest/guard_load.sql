{% macro guard_load() -%}
    {% set figures = run_query(
        "select coalesce(to_json(list(figures order by first_rowid)), '[]')"
        ~ " from (" ~ load_figures() ~ ") as figures"
    )[0][0] %}
    {% set days = run_query(
        "select to_json({'new': list(days) filter (is_new),"
        ~ " 'before': list(day) filter (not is_new)}) from (" ~ load_days()
        ~ ") as days"
    )[0][0] %}
    {% for warning in ask("check_load", [
        figures, tojson(xdr_mapping()), tojson({
            "max_rejected_share": var("max_rejected_share"),
            "xdr_duration_unit": var("xdr_duration_unit"),
            "xdr_volume_unit": var("xdr_volume_unit"),
        })
    ]) + ask("check_days", [days, tojson(var("xdr_timestamp_formats"))]) %}
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
    {% for field in ["location", "application", "session_id"] if is_mapped(field) %}
    {% for row in run_query(
        "select " ~ field ~ ", count(*) from " ~ this ~ " where loaded_at = "
        ~ load_time() ~ " and rejection_reason is null and lower(" ~ field ~ ") in "
        ~ quote_tuple(ask("doubtful_texts", [])) ~ " group by all order by all"
    ) %}
        {% do exceptions.warn(
            row[1] ~ " new records have the " ~ field ~ " '" ~ row[0]
            ~ "' (var xdr_columns." ~ field ~ "): if it stands"
            ~ " for a missing value, list it in var xdr_csv.nulls."
        ) %}
    {% endfor %}
    {% endfor %}
{%- endmacro %}

{# SQL of what check_load needs, in one pass over what was loaded. #}
{% macro load_figures() -%}
    {% set is_timed = is_mapped("started_at") and is_mapped("ended_at")
        and is_mapped("duration") %}
    with records as (
        select *, rowid, true as is_new from {{ this }}
        where loaded_at = {{ load_time() }}
        union all
        -- enough of what was loaded before to compare with
        (select *, rowid, false as is_new from {{ this }}
        where loaded_at <> {{ load_time() }} limit 100000)
    ),

    timed as (
        select
            *,
            case
                when rejection_reason is null
                    then {{ milliseconds_between("started_at", "ended_at")
                        if is_timed else "null" }}
            end as elapsed_ms,
            rejection_reason is null
            and duration_ms > 0
            and (dl_bytes > 0 or ul_bytes > 0) as has_rate
        from records
    )

    select
        is_new,
        source_file,
        rejection_reason as reason,
        min(rowid) as first_rowid,
        count(*) as record_count,
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
        {% for bytes in ["dl_bytes", "ul_bytes"] %}
        coalesce(sum(cast({{ bytes }} as double)) filter (where has_rate), 0)
            as {{ bytes }},
        {% endfor %}
        cast(coalesce(sum(duration_ms) filter (where has_rate), 0) as double) / 1000
            as rated_seconds
    from timed
    group by is_new, source_file, rejection_reason
{%- endmacro %}

{# SQL of the days with records, for check_days. #}
{% macro load_days() -%}
    {% set time = "ended_at" if is_mapped("ended_at") else "started_at" %}
    select
        session_date as day,
        is_new,
        arg_min(raw_{{ time }}, rowid) filter (is_new) as text,
        arg_min(source_file, rowid) filter (is_new) as file,
        {{ quote_text(source_of(time)) }} as column
    from (
        select *, rowid, loaded_at = {{ load_time() }} as is_new from {{ this }}
    ) as records
    where rejection_reason is null
    group by session_date, is_new
{%- endmacro %}
