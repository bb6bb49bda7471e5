-- reads {{ source("xdr", "records") }}
{{ config(materialized="ephemeral") }}

{% set times = ["started_at", "ended_at"] | select("in", mapped_fields())
    | list %}
{% set has_clocks = var("xdr_timezone") != "UTC" %}

with parsed as (
    {% for layout in due_layouts() %}
    select
        {{ parsed_fields(layout) }}
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
