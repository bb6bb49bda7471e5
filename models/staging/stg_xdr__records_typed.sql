{{ config(materialized="ephemeral") }}

{% set hides = is_pseudonymised() %}
{% set is_user = is_subscriber("parsed.user_id") %}
{# The column and the text of each field; in shown, with digits masked. #}
{% set written, shown = {}, {} %}
{% for entry in xdr_mapping() %}
{% set column = quote_text(entry.column ~ ": ") %}
{% set raw = "left(cast(parsed." ~ entry.field ~ "_raw as varchar), 100)" %}
{% do written.update({entry.field: "concat(" ~ column ~ ", " ~ raw ~ ")"}) %}
{% set raw = mask_digits(raw) if hides else raw %}
{% do shown.update({entry.field: "concat(" ~ column ~ ", " ~ raw ~ ")"}) %}
{% endfor %}
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

-- Without a join, after which DuckDB would not keep the order of the records.
with parsed as (
    select
        records.*,
        {% for end in ["started", "ended"] %}
        case
            when records.{{ end }}_ms between 0 and 999
                then make_timestamp(
                    epoch_us(records.{{ end }}_at)
                    - epoch_us(records.{{ end }}_at) % 1000000
                    + 1000 * records.{{ end }}_ms
                )
            else records.{{ end }}_at
        end as {{ end }}_exactly_at,
        {% endfor %}
        records.duration as duration_ms
    from {{ ref("stg_xdr__records_parsed") }} as records
),

records as (
    select
        {{ pseudonym("parsed.user_id") if hides else "parsed.user_id" }}
            as user_id,
        {{ is_user }} = false as is_malformed_user_id,
        parsed.started_exactly_at as started_at,
        parsed.ended_exactly_at as ended_at,
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
        case
            {% for field in shown if field not in ["user_id", "location"] %}
            when
                parsed.{{ field }} is null
                and trim(cast(parsed.{{ field }}_raw as varchar)) <> ''
                or parsed.{{ field }}
                {{ incredible.get(field, "> 1000000000000000") }}
                then {{ shown[field] }}
            {% endfor %}
        end as unreadable_value,
        case
            {% for field in shown
                if field not in ["user_id", "location"] and field not in incredible %}
            when parsed.{{ field }} < 0 then {{ shown[field] }}
            {% endfor %}
        end as negative_value,
        case
            {% for entry in xdr_mapping()
                if entry.field in xdr_fields().required
                and entry.field != "user_id" %}
            when parsed.{{ entry.field }} is null
                then {{ quote_text(entry.column) }}
            {% endfor %}
        end as missing_value,
        case
            when parsed.ended_at < parsed.started_at
                then concat_ws(
                    ', ', {{ written.started_at }}, {{ written.ended_at }}
                )
            {% if written.started_ms and written.ended_ms %}
            -- milliseconds say nothing about times within a minute
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
        parsed.source_file
    from parsed
)

select * from records
