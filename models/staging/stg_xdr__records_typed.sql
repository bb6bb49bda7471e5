{{ config(materialized="ephemeral") }}

{% set hides = is_pseudonymised() %}
{% set is_user = is_user_id("parsed.user_id") %}
{% set texts = ["user_id"] + xdr_fields().texts %}
{# The source and the text of each field; in shown, masked. #}
{% set written, shown = {}, {} %}
{% for entry in xdr_mapping() %}
{% set raw = "left(cast(parsed." ~ entry.field ~ "_raw as varchar), 100)" %}
{% set label = quote_text(source_of(entry.field) ~ ": ") %}
{% do written.update({entry.field: "concat(" ~ label ~ ", " ~ raw ~ ")"}) %}
{% set raw = masked(raw) if hides else raw %}
{% do shown.update({entry.field: "concat(" ~ label ~ ", " ~ raw ~ ")"}) %}
{% endfor %}
{% set times = [written.started_at, written.ended_at, shown.duration] | select
    | join(", ', ', ") %}
-- 1900, 1970 and 9999 are placeholders for an unknown time. No session has a
-- petabyte or lasts 30,000 years, and sums have to fit in a bigint.
{% set placeholder = "not between date '1990-01-01' and date '2100-01-01'" %}
{% set incredible = {
    "session_id": "in (null)",
    "started_at": placeholder, "started_ms": "not between 0 and 999",
    "ended_at": placeholder, "ended_ms": "not between 0 and 999",
} %}
-- Ten or more digits, however they are written: where columns have shifted, a
-- text may be a subscriber's number, which has at most 15 digits.
{% set number = "[+(]*([0-9][-. ()/]*){10,}([eE][+]?(0?9|1[0-4]))?" %}

-- Without a join, after which DuckDB would not keep the order of the records.
with timed as (
    select
        {% for end in ["started", "ended"] %}
        case
            when records.{{ end }}_ms between 0 and 999
                then make_timestamp(
                    epoch_us(records.{{ end }}_at)
                    - epoch_us(records.{{ end }}_at) % 1000000
                    + 1000 * records.{{ end }}_ms
                )
            else records.{{ end }}_at
        end as {{ end }},
        {% endfor %}
        records.*
    from {{ ref("stg_xdr__records_parsed") }} as records
),

-- of start, end and duration, one may follow from the others
parsed as (
    select
        {% for field, sql in session_times("timed").items() %}
        {{ sql }} as {{ field }},
        {% endfor %}
        {% for application in applications_by_value() %}
        {% for bytes in ["dl_bytes", "ul_bytes"] %}
        case when {{ application.is_meant }} then timed.{{ bytes }} else 0 end
            as {{ application.name }}_{{ bytes }},
        {% endfor %}
        {% endfor %}
        timed.*
    from timed
),

records as (
    select
        {{ pseudonym("parsed.user_id") if hides else "parsed.user_id" }}
            as user_id,
        {{ is_user }} = false as is_malformed_user_id,
        parsed.started_exactly_at as started_at,
        parsed.ended_exactly_at as ended_at,
        {% for text in xdr_fields().texts %}
        {% if hides and is_mapped(text) %}
        case
            when {{ matches("parsed." ~ text, number) }}
                then {{ pseudonym(plain_digits("parsed." ~ text)) }}
            else parsed.{{ text }}
        end as {{ text }},
        {% else %}
        parsed.{{ text }},
        {% endif %}
        {% endfor %}
        coalesce(
            {{ is_mangled("parsed.location") }}
            or {{ is_mangled("parsed.application") }},
            false
        ) as is_mangled,
        {% for column in summed_columns() %}
        parsed.{{ column }},
        {% endfor %}
        parsed.malformed,
        case
            {% for field in shown
                if field == "session_id" or field not in texts %}
            when
                parsed.{{ field }} is null
                and trim(cast(parsed.{{ field }}_raw as varchar)) <> ''
                or parsed.{{ field }}
                {{ incredible.get(field, "> 1000000000000000") }}
                then {{ shown[field] }}
            {% endfor %}
        end as unreadable_value,
        {% for field in shown if field not in texts + incredible | list %}
        {{ "case" if loop.first }}
            when parsed.{{ field }} < 0 then {{ shown[field] }}
        {{ "end" if loop.last }}
        {% else %}
        cast(null as varchar)
        {% endfor %}
            as negative_value,
        case
            {% for field in shown
                if field in xdr_fields().required and field != "user_id" %}
            when parsed.{{ field }} is null
                then {{ quote_text(source_of(field)) }}
            {% endfor %}
        end as missing_value,
        {% if not (written.started_at and written.ended_at) %}
        cast(null as varchar) as reversed_times,
        {% else %}
        case
            when parsed.ended_at < parsed.started_at then concat({{ times }})
            {% if written.started_ms and written.ended_ms %}
            when
                parsed.ended_exactly_at < parsed.started_exactly_at
                and parsed.started_ms + parsed.ended_ms is not null
                then case
                    when
                        {{ carries_seconds("parsed.started_at_raw") }}
                        and {{ carries_seconds("parsed.ended_at_raw") }}
                        then concat_ws(
                            ', ',
                            {{ written.started_at }}, {{ written.ended_at }},
                            {{ written.started_ms }}, {{ written.ended_ms }}
                        )
                end
            {% endif %}
        end as reversed_times,
        {% endif %}
        case
            when
                parsed.ended_exactly_at
                > {{ load_time() }} + interval 24 hours
                then concat({{ times }}, ': ends after it was loaded')
            when
                parsed.ended_exactly_at - parsed.started_exactly_at
                > interval {{ var("max_session_days") }} days
                then concat({{ times }}, {{ quote_text(
                    ": longer than var max_session_days ("
                    ~ var("max_session_days") ~ ")"
                ) }})
        end as implausible_time,
        {% for field, is_read in {
            "user_id": is_user,
            "started_at": "parsed.started_at is not null",
            "ended_at": "parsed.ended_at is not null",
        }.items() %}
        {% set raw = "cast(parsed." ~ field ~ "_raw as varchar)" %}
        {% if field not in written %}
        cast(null as varchar)
        {% elif hides %}
        case
            when {{ is_read }} then {{ "null" if field == "user_id" else raw }}
            else {{ masked(raw) }}
        end
        {% else %}
        {{ raw }}
        {% endif %}
            as raw_{{ field }},
        {% endfor %}
        parsed.source_file
    from parsed
)

select * from records
