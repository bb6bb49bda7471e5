-- reads {{ source("xdr", "records") }}
{{ config(materialized="ephemeral") }}

{% set columns = var("xdr_columns") %}
{% set hides = is_pseudonymised() %}
{% set number = "user_number" %}

with parsed as (
    {% for layout in due_layouts() %}
    {{ parsed_records(layout) }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

records as (
    select
        files.source_file,
        files.file_version,
        {{ pseudonym(number) if hides else number }} as user_id,
        not {{ is_subscriber(number) }} as is_malformed_user_id,
        {% for end in ["started", "ended"] %}
        {% if columns[end ~ "_ms"] %}
        {{ add_milliseconds("parsed." ~ end ~ "_at", end ~ "_ms") }}
        {% else %}
        parsed.{{ end }}_at
        {% endif %}
            as {{ end }}_at,
        {% endfor %}
        parsed.duration as duration_ms,
        {% if columns.location %}
        {{ hide_number("location") if hides else "parsed.location" }}
        {% else %}
        cast(null as varchar)
        {% endif %}
            as location,
        {% for column in ["dl_bytes", "ul_bytes"] + application_columns() %}
        parsed.{{ column }},
        {% endfor %}
        -- compared as written: a minute's milliseconds order nothing
        parsed.ended_at < parsed.started_at as ends_before_start,
        {{ unreadable_value() }} as unreadable_value,
        {{ missing_value() }} as missing_value,
        {% for field, is_read in {
            "user_id": is_subscriber(number),
            "started_at": "parsed.started_at is not null",
            "ended_at": "parsed.ended_at is not null",
        }.items() %}
        {% set raw = "cast(parsed." ~ field ~ "_raw as varchar)" %}
        {% if hides %}
        case
            when {{ is_read }} then {{ "null" if field == "user_id" else raw }}
            else {{ mask_digits(raw) }}
        end
        {% else %}
        {{ raw }}
        {% endif %}
            as raw_{{ field }},
        {% endfor %}
    from parsed
    inner join {{ due_files() }} as files
        on parsed.source_file = files.source_file
)

select * from records
