{{ config(materialized="view") }}

{% set limits = experience_limits() %}
{% set by_session = is_mapped("session_id") %}
{% set columns = ["user_id", "session_date", "started_at", "ended_at",
    "location", "device", "device_maker", "duration_ms", "dl_bytes", "ul_bytes"]
    + measured_columns() %}

-- Copies are left out, not subtracted: no median can be taken off another.
with copies as (
    select
        *,
        {{ session_hash() }} as session_hash,
        {{ record_key() }} as record_key
    from {{ ref("int_records_repeated") }}
    where copy_number is not null
),

records as (
    select
        *,
        {{ session_hash() }} as session_hash,
        {{ record_key() }} as record_key
    from {{ ref("stg_xdr__records") }}
    where rejection_reason is null
),

sessions as (
    {% if by_session %}
    select * from {{ ref("int_session_records") }}
    {% else %}
    select
        records.{{ columns | join(",\n        records.") }},
        1 as session_count
    from records
    anti join copies
        on
            records.session_hash = copies.session_hash
            and records.record_key = copies.record_key
    union all
    select
        {{ columns | join(",\n        ") }},
        1 as session_count
    from copies
    where copy_number = 1
    {% endif %}
),

-- what was not measured stays null: no value stands for it
measured as (
    select
        *,
        coalesce(rtt_dl_ms + rtt_ul_ms, rtt_dl_ms, rtt_ul_ms)
            as record_rtt_ms,
        throughput_dl_kbps as record_throughput_kbps,
        coalesce(
            retransmitted_dl_bytes + retransmitted_ul_bytes,
            retransmitted_dl_bytes,
            retransmitted_ul_bytes
        ) as retransmitted,
        case when retransmitted_dl_bytes is null then 0 else dl_bytes end
        + case when retransmitted_ul_bytes is null then 0 else ul_bytes end
            as sent_bytes
    from sessions
    where {{ in_period("session_date") }}
),

-- a ratio to no bytes is no measurement
compared as (
    select
        *,
        case when sent_bytes > 0 then retransmitted end as record_retransmitted,
        case when retransmitted is not null then nullif(sent_bytes, 0) end
            as record_compared
    from measured
),

summed as (
    {% if by_session %}
    -- the row that counts a session has what was measured in all its records
    select
        *,
        {% for figure in ["rtt_ms", "throughput_kbps"] %}
        case
            when session_count = 1
                then {{ median("record_" ~ figure) }} over whole
        end as {{ figure }},
        {% endfor %}
        {% for bytes in ["retransmitted", "compared"] %}
        case
            when session_count = 1
                then cast(sum(record_{{ bytes }}) over whole as bigint)
        end as {{ bytes }}_bytes{{ "," if not loop.last }}
        {% endfor %}
    from compared
    window
        whole as (
            partition by user_id, session_id, session_hash, use_number
        )
    {% else %}
    select
        *,
        record_rtt_ms as rtt_ms,
        record_throughput_kbps as throughput_kbps,
        record_retransmitted as retransmitted_bytes,
        record_compared as compared_bytes
    from compared
    {% endif %}
),

judged as (
    select
        user_id,
        session_date,
        started_at,
        ended_at,
        coalesce(location, '(missing)') as location,
        coalesce(device, '(missing)') as device,
        device_maker,
        session_count,
        duration_ms,
        dl_bytes + ul_bytes as total_bytes,
        rtt_ms,
        throughput_kbps,
        retransmitted_bytes,
        compared_bytes,
        coalesce(
            throughput_kbps, rtt_ms, cast(retransmitted_bytes as double)
        ) is not null as is_measured,
        coalesce(throughput_kbps < {{ limits.poor_throughput_kbps }}, false)
        or coalesce(rtt_ms > {{ limits.poor_rtt_ms }}, false)
        or coalesce(
            cast(retransmitted_bytes as double)
            > {{ limits.poor_retransmission_share }} * compared_bytes, false
        ) as is_poor
    from summed
)

select * from judged
