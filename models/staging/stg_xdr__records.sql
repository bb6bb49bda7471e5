{{ config(materialized="load") }}

{% set hides = is_pseudonymised() %}
{% set user_source = source_of("user_id") %}

with records as (
    select * from {{ ref("stg_xdr__records_typed") }}
),

judged as (
    select
        records.*,
        case
            when records.malformed is not null then 'malformed_line'
            when records.user_id is null then 'missing_user_id'
            when records.is_malformed_user_id then 'malformed_user_id'
            when records.unreadable_value is not null then 'unreadable_value'
            when records.missing_value is not null then 'missing_value'
            when records.negative_value is not null then 'negative_value'
            when records.reversed_times is not null then 'ends_before_start'
            when records.implausible_time is not null then 'implausible_time'
        end as rejection_reason
    from records
),

loaded as (
    select
        source_file,
        {{ load_time() }} as loaded_at,
        case when rejection_reason is null then user_id end as user_id,
        session_id,
        started_at,
        ended_at,
        cast({{ local_time("ended_at") }} as date) as session_date,
        location,
        application,
        is_mangled,
        {% for label in label_columns() %}
        {{ label }},
        {% endfor %}
        {% for column in summed_columns() + measured_columns() %}
        {% if hides %}
        -- where columns have shifted, a volume may be a subscriber's number
        case when rejection_reason is null then {{ column }} end
            as {{ column }},
        {% else %}
        {{ column }},
        {% endif %}
        {% endfor %}
        rejection_reason,
        case rejection_reason
            when 'malformed_line' then malformed
            when 'missing_user_id' then {{ quote_text(user_source) }}
            when 'malformed_user_id'
                then concat(
                    {{ quote_text(user_source ~ ": ") }},
                    left(raw_user_id, 100),
                    {{ quote_text(
                        " does not match var user_id_pattern ("
                        ~ var("user_id_pattern") ~ ")"
                        ~ ("" if is_numeric_id() else ", or stands for no user")
                    ) }}
                )
            when 'unreadable_value' then unreadable_value
            when 'missing_value' then missing_value
            when 'negative_value' then negative_value
            when 'ends_before_start' then reversed_times
            when 'implausible_time' then implausible_time
        end as rejection_detail,
        -- only malformed lines, which the load adds, have one from the reader
        cast(null as bigint) as line_number,
        -- an accepted record may turn out to be a copy of another
        case
            when rejection_reason is null then nullif(raw_user_id, user_id)
            else coalesce(raw_user_id, user_id)
        end as raw_user_id,
        raw_started_at,
        raw_ended_at
    from judged
)

select * from loaded
