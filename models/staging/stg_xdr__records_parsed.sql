-- reads {{ source("xdr", "records") }}
{{ config(materialized="ephemeral") }}

{% set times = [] %}
{% for time in ["started_at", "ended_at"] if is_mapped(time) %}
{% do times.append(time) %}
{% endfor %}
{% set readers = {
    "session": session_key, "text": plain_text, "time": point_in_time,
    "duration": duration_in_ms, "milliseconds": whole_number,
    "volume": volume_in_bytes, "application": volume_in_bytes,
    "label": plain_text, "measurement": measurement,
    "measured_volume": measured_volume,
} %}
{# types of what is not mapped #}
{% set unmapped = {
    "session": "varchar", "text": "varchar", "time": "timestamp",
    "label": "varchar", "measurement": "double",
} %}
{% set has_clocks = var("xdr_timezone") != "UTC" %}

with parsed as (
    {% for layout in due_layouts() %}
    select
        {% for entry in xdr_mapping() %}
        {% set column = quote_name(entry.field) %}
        {% set type = layout.types.get(entry.field, "VARCHAR") %}
        {{ column }} as {{ entry.field }}_raw,
        {% if has_clocks and entry.kind == "time" %}
        {{ is_wall_time(column, type) }} as {{ entry.field }}_is_wall,
        {% endif %}
        {{ plain_id(column) if entry.kind == "id"
            else readers[entry.kind](column, type) }} as {{ entry.field }},
        {% endfor %}
        {% for field, kind in xdr_fields().items() if not is_mapped(field) %}
        cast(
            {{ "0" if kind == "volume" else "null" }}
            as {{ unmapped.get(kind, "bigint") }}
        ) as {{ field }},
        {% endfor %}
        source_file,
        malformed
    from {{ layout.relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

{% if has_clocks %}
utc as (
    select
        {% for time in times %}
        case
            when parsed.{{ time }}_is_wall
                then {{ repeated_ms("parsed." ~ time) }}
            else 0
        end as {{ time }}_repeated_ms,
        {% endfor %}
        parsed.* replace (
            {% for time in times %}
            case
                when parsed.{{ time }}_is_wall
                    then {{ utc_time("parsed." ~ time) }}
                else parsed.{{ time }}
            end as {{ time }}{{ "," if not loop.last }}
            {% endfor %}
        )
    from parsed
),

{% if times | length == 2 %}
{% set untangled = untangled_times(
    "utc.started_at", "utc.ended_at", "utc.duration",
    {"started_at": "utc.started_at_repeated_ms",
     "ended_at": "utc.ended_at_repeated_ms"},
) %}
untangled as (
    select utc.* replace (
        {{ untangled.started_at }} as started_at,
        {{ untangled.ended_at }} as ended_at
    )
    from utc
),
{% endif %}
{% endif %}

records as (
    select * from {{ "parsed" if not has_clocks
        else "untangled" if times | length == 2 else "utc" }}
)

select * from records
