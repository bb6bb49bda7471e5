-- reads {{ source("xdr", "records") }} as listed in {{ ref("stg_xdr__files") }}
{{ config(materialized=staged_as()) }}

{% set columns = var("xdr_columns") %}
{% set text = dbt.type_string() %}
{% set is_hidden = is_pseudonymised() %}
{% set whole_numbers = ["started_ms", "ended_ms", "dl_bytes", "ul_bytes"]
    + application_columns() %}
-- 1900, 1970 and 9999 stand for a time that is not known
{% set is_no_time = "not between date '1990-01-01' and date '2100-01-01'" %}
{% set incredible = {
    "started_at": is_no_time,
    "started_ms": "not between 0 and 999",
    "ended_at": is_no_time,
    "ended_ms": "not between 0 and 999",
} %}
-- nor are a petabyte and 30,000 years a session's; sums have to fit in a bigint
{% for field in ["duration", "dl_bytes", "ul_bytes"] + application_columns() %}
{% do incredible.update({field: "> 1000000000000000"}) %}
{% endfor %}

with exported as (
    {% for layout in pending_layouts() %}
    select
        {% for entry in xdr_mapping() %}
        {% set column = quote_name(entry.column) %}
        {% set type = layout.types[entry.column] %}
        {% if entry.field == "location" %}
        {{ plain_text(column, type) }} as location,
        {% else %}
        {{ as_written(column) }} as {{ entry.field }}_raw,
        {% endif %}
        {% if entry.field == "user_id" %}
        {{ plain_digits(column) }} as user_number,
        {% elif entry.field in whole_numbers %}
        {{ whole_number(column, type) }} as {{ entry.field }},
        {% elif entry.field in ["started_at", "ended_at"] %}
        {{ point_in_time(column, type) }} as {{ entry.field }},
        {% elif entry.field == "duration" %}
        {{ duration_in_ms(column, type) }} as duration,
        {% endif %}
        {% endfor %}
        source_file
    from {{ layout.relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}
),

records as (
    select
        exported.source_file,
        {% set number = "exported.user_number" %}
        {{ pseudonym(number) if is_hidden else number }} as user_id,
        {{ is_subscriber(number) }} = false as is_malformed_user_id,
        {% for end in ["started", "ended"] %}
        {% set time = "exported." ~ end ~ "_at" %}
        {% if columns[end ~ "_ms"] %}
        {{ add_milliseconds(time, "exported." ~ end ~ "_ms") }}
        {% else %}
        {{ time }}
        {% endif %}
            as {{ end }}_at,
        {% endfor %}
        exported.duration as duration_ms,
        {% if columns.location %}
        {% set location = "exported.location" %}
        {{ hide_number(location) if is_hidden else location }}
        {% else %}
        cast(null as {{ text }})
        {% endif %}
            as location,
        {% for column in ["dl_bytes", "ul_bytes"] + application_columns() %}
        exported.{{ column }},
        {% endfor %}
        -- compared as written: a minute's milliseconds order nothing
        exported.ended_at < exported.started_at as ends_before_start,
        case
            {% for entry in xdr_mapping()
                if entry.field not in ["user_id", "location"] %}
            {% set raw = dbt.cast("exported." ~ entry.field ~ "_raw", text) %}
            {% set shown = "left(" ~ raw ~ ", 100)" %}
            when
                exported.{{ entry.field }} is null
                and trim({{ raw }}) <> ''
                {% if entry.field in incredible %}
                or exported.{{ entry.field }} {{ incredible[entry.field] }}
                {% endif %}
                then concat(
                    {{ quote_text(entry.column ~ ": ") }},
                    {{ mask_digits(shown) if is_hidden else shown }}
                )
            {% endfor %}
        end as unreadable_value,
        case
            {% for entry in xdr_mapping()
                if entry.field in xdr_fields().required
                and entry.field != "user_id" %}
            when exported.{{ entry.field }} is null
                then {{ quote_text(entry.column) }}
            {% endfor %}
        end as missing_value,
        {% for field, is_read in {
            "user_id": is_subscriber(number),
            "started_at": "exported.started_at is not null",
            "ended_at": "exported.ended_at is not null",
        }.items() %}
        {% set raw = dbt.cast("exported." ~ field ~ "_raw", text) %}
        {% if is_hidden %}
        case
            when {{ is_read }} then {{ "null" if field == "user_id" else raw }}
            else {{ mask_digits(raw) }}
        end
        {% else %}
        {{ raw }}
        {% endif %}
            as raw_{{ field }},
        {% endfor %}
        files.file_version
    from exported
    inner join {{ ref("stg_xdr__files") }} as files
        on exported.source_file = files.source_file
)

select * from records
