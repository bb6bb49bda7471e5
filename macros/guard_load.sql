{#
    Refuse what was just loaded, before it is committed, if it is not what should
    have been, if too much of it is rejected or if durations and timestamps disagree
    about the unit.
#}
{% macro guard_load() -%}
    {% if execute %}
    {% set misread = run_query(misread_files()).columns[0].values() %}
    {% if misread %}
        {% do refuse_load(
            "stg_xdr__records reads other files than are to be loaded, such as "
            ~ misread[0] ~ ": build it too, as `dbt build --select "
            ~ "+int_records_loaded+` does."
        ) %}
    {% endif %}
    {% set rows = run_query(load_figures()) %}
    {% set load = dict(zip(rows.column_names, rows[0].values())) %}
    {% if load.rejected_count > load.record_count * var("max_rejected_share") %}
        {% do refuse_load(
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
        {% do refuse_load(
            "The duration is " ~ ("longer" if is_long else "shorter")
            ~ " than the time from start to end by more than a factor of 30 in "
            ~ odd_count ~ " of " ~ load.compared_count ~ " new records, with column '"
            ~ var("xdr_columns").duration ~ "' read as '" ~ unit
            ~ "': set var xdr_duration_unit to '" ~ ("ms" if is_long else "s")
            ~ "', or var xdr_columns.duration to another column."
        ) %}
    {% endif %}
    {% endif %}
{%- endmacro %}
