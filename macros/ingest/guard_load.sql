{% macro guard_load() -%}
    {% set rows = [] %}
    {% set figures = run_query(load_figures()) %}
    {% for row in figures.rows %}
        {% do rows.append(dict(zip(figures.column_names, row.values()))) %}
    {% endfor %}
    {% do ask("check_load", [
        tojson(rows), var("max_rejected_share") | string, var("xdr_duration_unit"),
        var("xdr_columns").duration,
    ]) %}
{%- endmacro %}

{#
    SQL of one row per rejection reason (null: accepted) of the records that this
    build has loaded, with one file and one detail as examples. For the accepted
    records whose start and end are at least a minute apart, it also counts in how
    many the duration is far longer or far shorter than that time. All in one pass,
    since it scans everything that was loaded.
#}
{% macro load_figures() -%}
    with timed as (
        select
            *,
            case
                when rejection_reason is null
                    then {{ milliseconds_between("started_at", "ended_at") }}
            end as elapsed_ms
        from {{ this }}
        where loaded_at = {{ load_time() }}
    )

    select
        rejection_reason as reason,
        count(*) as record_count,
        min(source_file) as source_file,
        min(rejection_detail) as detail,
        count(*) filter (
            where elapsed_ms >= 60000 and duration_ms > elapsed_ms * 30
        ) as long_count,
        count(*) filter (
            where elapsed_ms >= 60000 and duration_ms * 30 < elapsed_ms
        ) as short_count,
        count(*) filter (where elapsed_ms >= 60000) as compared_count
    from timed
    group by rejection_reason
{%- endmacro %}
