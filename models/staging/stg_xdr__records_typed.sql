{{ config(materialized="ephemeral") }}

{% set hides = is_pseudonymised() %}
{% set is_user = is_user_id("parsed.user_id") %}
{% set texts = ["session_id", "location", "application"] + label_columns() %}
{% set known_applications = [] %}
{% for application in var("applications") %}
{% do known_applications.extend(application.get("values") or []) %}
{% endfor %}
{# The kind, the source and the text of each field; in shown, masked. #}
{% set kinds, written, shown = {}, {}, {} %}
{% for entry in xdr_mapping() %}
{% do kinds.update({entry.field: entry.kind}) %}
{% set raw = "left(cast(parsed." ~ entry.field ~ "_raw as varchar), 100)" %}
{% set label = quote_text(source_of(entry.field) ~ ": ") %}
{% do written.update({entry.field: "concat(" ~ label ~ ", " ~ raw ~ ")"}) %}
{% set raw = masked(raw) if hides else raw %}
{% do shown.update({entry.field: "concat(" ~ label ~ ", " ~ raw ~ ")"}) %}
{% endfor %}
{# SQL of whether a time is written with seconds, by the format that reads it. #}
{% set carries_seconds = [] %}
{% for time in ["started_at", "ended_at"] %}
{% set text = "cast(parsed." ~ time ~ "_raw as varchar)" %}
{% set carries %}
case
    {% for format in var("xdr_timestamp_formats") %}
    {% set parts = format | replace("%%", "") %}
    when {{ read_time(text, [format]) }} is not null
        then {{ format.startswith("epoch_")
            or modules.re.search("%-?[ScTX]", parts) is not none }}
    {% endfor %}
    when true
        then {{ matches(text, ".*([0-9]:[0-9]+:|T[0-9]{5})[0-9].*") }}
end
{% endset %}
{% do carries_seconds.append(carries) %}
{% endfor %}
{% set times = [written.started_at, written.ended_at, shown.duration] | select
    | join(", ', ', ") %}
-- 1900, 1970 and 9999 are placeholders for an unknown time. No session has a
-- petabyte or lasts 30,000 years, and sums have to fit in a bigint.
{% set incredible = {
    "session": "in (null)",
    "time": "not between date '1990-01-01' and date '2100-01-01'",
    "milliseconds": "not between 0 and 999",
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
        {% for end, sql in {
            "started": "timed.ended - to_milliseconds(timed.duration)",
            "ended": "timed.started + to_milliseconds(timed.duration)",
        }.items() %}
        {% if is_mapped(end ~ "_at") %}
        timed.{{ end }} as {{ end }}_exactly_at,
        {% else %}
        try({{ sql }}) as {{ end }}_exactly_at,
        {% endif %}
        {% endfor %}
        {% if is_mapped("duration") %}
        timed.duration as duration_ms,
        {% else %}
        -- milliseconds say nothing about times within a minute
        case
            when timed.ended < timed.started then 0
            else {{ milliseconds_between("timed.started", "timed.ended") }}
        end as duration_ms,
        {% endif %}
        {% for application in var("applications") if is_mapped("application") %}
        {% set listed = application.get("values") %}
        {% set is_known = "timed.application in "
            ~ quote_tuple(known_applications if listed is none else listed) %}
        {% for bytes in ["dl_bytes", "ul_bytes"] %}
        case
            when ({{ is_known }}) is {{ "not true" if listed is none else "true" }}
                then timed.{{ bytes }}
            else 0
        end as {{ application.name }}_{{ bytes }},
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
        {% for text in texts %}
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
        {% for column in summed_columns() + measured_columns() %}
        parsed.{{ column }},
        {% endfor %}
        parsed.malformed,
        case
            {%- for field, kind in kinds.items()
                if kind not in ["id", "text", "label"] %}
            when
                parsed.{{ field }} is null
                and trim(cast(parsed.{{ field }}_raw as varchar)) <> ''
                {%- if field not in measured_columns() %}
                or parsed.{{ field }}
                {{ incredible.get(kind, "> 1000000000000000") }}
                {%- endif %}
                then {{ shown[field] }}
            {%- endfor %}
        end as unreadable_value,
        {% for field, kind in kinds.items()
            if kind in ["duration", "volume", "application"] %}
        {{ "case" if loop.first }}
            when parsed.{{ field }} < 0 then {{ shown[field] }}
        {{ "end" if loop.last }}
        {% else %}
        cast(null as varchar)
        {% endfor %}
            as negative_value,
        case
            {% for field, kind in kinds.items()
                if kind in ["time", "duration", "volume"] %}
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
                        {{ carries_seconds | join(" and ") }}
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
