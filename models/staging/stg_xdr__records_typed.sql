{{ config(materialized="ephemeral") }}

{% set hides = is_pseudonymised() %}
{% set is_user = is_subscriber("parsed.user_id") %}
-- 1900, 1970 and 9999 are placeholders for an unknown time. No session has a
-- petabyte or lasts 30,000 years, and sums have to fit in a bigint.
{% set placeholder = "not between date '1990-01-01' and date '2100-01-01'" %}
{% set incredible = {
    "started_at": placeholder, "started_ms": "not between 0 and 999",
    "ended_at": placeholder, "ended_ms": "not between 0 and 999",
} %}
-- Ten or more digits, however they are written: where columns have shifted, a
-- location may be a subscriber's number, which has at most 15 digits.
{% set number = "[+(]*([0-9][-. ()/]*){10,}(E[+]?(0?9|1[0-4]))?" %}

with parsed as (
    select
        files.file_version,
        records.*,
        records.duration as duration_ms
    from {{ ref("stg_xdr__records_parsed") }} as records
    inner join {{ due_files() }} as files
        on records.source_file = files.source_file
),

records as (
    select
        parsed.source_file,
        {{ pseudonym("parsed.user_id") if hides else "parsed.user_id" }}
            as user_id,
        {{ is_user }} = false as is_malformed_user_id,
        {% for end in ["started", "ended"] %}
        case
            when parsed.{{ end }}_ms between 0 and 999
                then make_timestamp(
                    epoch_us(parsed.{{ end }}_at)
                    - epoch_us(parsed.{{ end }}_at) % 1000000
                    + 1000 * parsed.{{ end }}_ms
                )
            else parsed.{{ end }}_at
        end as {{ end }}_at,
        {% endfor %}
        {% if hides %}
        case
            when {{ matches("parsed.location", number) }}
                then {{ pseudonym(plain_digits("parsed.location")) }}
            else parsed.location
        end as location,
        {% else %}
        parsed.location,
        {% endif %}
        {% for column in summed_columns() %}
        parsed.{{ column }},
        {% endfor %}
        -- without milliseconds, which say nothing about times within a minute
        parsed.ended_at < parsed.started_at as ends_before_start,
        case
            {% for entry in xdr_mapping()
                if entry.field not in ["user_id", "location"] %}
            {% set value = "parsed." ~ entry.field %}
            {% set raw = "cast(" ~ value ~ "_raw as varchar)" %}
            {% set shown = "left(" ~ raw ~ ", 100)" %}
            when
                {{ value }} is null
                and trim({{ raw }}) <> ''
                or {{ value }}
                {{ incredible.get(entry.field, "> 1000000000000000") }}
                then concat(
                    {{ quote_text(entry.column ~ ": ") }},
                    {{ mask_digits(shown) if hides else shown }}
                )
            {% endfor %}
        end as unreadable_value,
        case
            {% for entry in xdr_mapping()
                if entry.field in xdr_fields().required
                and entry.field != "user_id" %}
            when parsed.{{ entry.field }} is null
                then {{ quote_text(entry.column) }}
            {% endfor %}
        end as missing_value,
        {% for field, is_read in {
            "user_id": is_user,
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
        parsed.file_version
    from parsed
)

select * from records
