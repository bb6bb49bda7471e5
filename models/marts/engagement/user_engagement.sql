{% set metrics = {
    "recency": "last_session_day",
    "frequency": "session_count",
    "duration": "duration_ms",
    "volume": "total_bytes",
} %}
{% set names = var("applications") | map(attribute="name") | sort %}

with thresholds as (
    select
        {% for name, metric in metrics.items() %}
        {% for percent in [20, 40, 60, 80] %}
        min_by(smallest_value, percent) filter (
            where metric = '{{ metric }}' and percent >= {{ percent }}
        ) as {{ name }}_{{ percent }},
        {% endfor %}
        {% endfor %}
        max(largest_value) filter (
            where metric = 'last_session_day'
        ) as newest_day
    from {{ ref("int_metric_steps") }}
),

users as (
    select
        users.*,
        thresholds.*,
        greatest(
            {% for name in names %}
            users.{{ name }}_dl_bytes + users.{{ name }}_ul_bytes,
            {% endfor %}
            0
        ) as dominant_bytes,
        0
        {% for name in names %}
        + users.{{ name }}_dl_bytes + users.{{ name }}_ul_bytes
        {% endfor %}
            as applications_bytes,
        {{ day_number("users.last_session_at") }} as last_session_day
    from {{ ref("int_users") }} as users
    cross join thresholds
),

engagement as (
    select
        user_id,
        session_count,
        duration_ms,
        dl_bytes,
        ul_bytes,
        total_bytes,
        active_days,
        first_session_at,
        last_session_at,
        cast(duration_ms as double) / session_count as mean_session_ms,
        cast(session_count as double) / active_days as sessions_per_active_day,
        cast(dl_bytes as double) / nullif(total_bytes, 0) as dl_share,
        -- of equal applications, the alphabetically first dominates
        case
            when dominant_bytes = 0 then null
            {% for name in names %}
            when {{ name }}_dl_bytes + {{ name }}_ul_bytes = dominant_bytes
                then '{{ name }}'
            {% endfor %}
        end as dominant_application,
        cast(dominant_bytes as double) / nullif(applications_bytes, 0)
            as dominant_application_share,
        {% for name, metric in metrics.items() %}
        cast(
            1
            {% for percent in [20, 40, 60, 80] %}
            + cast({{ metric }} > {{ name }}_{{ percent }} as integer)
            {% endfor %}
            as bigint
        ) as {{ name }}_quintile,
        {% endfor %}
        cast(newest_day - last_session_day as bigint)
            as days_since_last_session
    from users
)

select * from engagement
order by user_id asc nulls last
