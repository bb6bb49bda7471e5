{{ config(materialized="load") }}

{% set hides = is_pseudonymised() %}

with records as (
    select * from {{ ref("stg_xdr__records_typed") }}
),

judged as (
    select
        records.*,
        case
            when records.user_id is null then 'missing_user_id'
            when records.is_malformed_user_id then 'malformed_user_id'
            when records.unreadable_value is not null then 'unreadable_value'
            when records.missing_value is not null then 'missing_value'
            when least(
                {% for column in summed_columns() %}
                coalesce(records.{{ column }}, 0){{ "," if not loop.last }}
                {% endfor %}
            ) < 0 then 'negative_value'
            when records.ends_before_start then 'ends_before_start'
        end as rejection_reason
    from records
),

loaded as (
    select
        source_file,
        file_version,
        {{ load_time() }} as loaded_at,
        case when rejection_reason is null then user_id end as user_id,
        started_at,
        ended_at,
        cast(ended_at as date) as session_date,
        location,
        {% for column in summed_columns() %}
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
            when 'unreadable_value' then unreadable_value
            when 'missing_value' then missing_value
        end as rejection_detail,
        case
            when rejection_reason is not null
                then coalesce(raw_user_id, user_id)
        end as raw_user_id,
        case when rejection_reason is not null then raw_started_at end
            as raw_started_at,
        case when rejection_reason is not null then raw_ended_at end
            as raw_ended_at
    from judged
)

select * from loaded
