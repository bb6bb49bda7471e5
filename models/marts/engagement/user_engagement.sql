{% set metrics = metric_names() %}
{% set quintiles = {
    "recency": "last_session_day",
    "frequency": "session_count",
    "duration": "duration_ms",
    "volume": "total_bytes",
} %}
{% set ranked_by = ["last_session_day"] + metrics %}
{% set names = var("applications") | map(attribute="name") | sort %}

with users as (
    select
        *,
        -- without applications, Spark needs two values all the same
        greatest(
            {% for name in names %}
            {{ name }}_dl_bytes + {{ name }}_ul_bytes,
            {% endfor %}
            0, 0
        ) as dominant_bytes,
        0
        {% for name in names %}
        + {{ name }}_dl_bytes + {{ name }}_ul_bytes
        {% endfor %}
            as applications_bytes,
        {{ day_number(local_time("last_session_at")) }} as last_session_day
    from {{ ref("int_users") }}
),

all_users as (
    select
        count(*) as user_count,
        max(last_session_day) as newest_day
    from users
),

-- twice the users below plus those of equal value, which is a whole number
ranks as (
    select
        metric,
        value,
        2 * users_below + user_count as double_rank
    from {{ ref("int_metric_values") }}
),

ranked as (
    select
        users.*,
        devices.device,
        devices.device_class,
        all_users.newest_day,
        {% for metric in ranked_by %}
        {{ metric }}_ranks.double_rank as {{ metric }}_double_rank,
        {% endfor %}
        2 * all_users.user_count as double_count
    from users
    cross join all_users
    inner join {{ ref("int_main_devices") }} as devices
        on users.user_id = devices.user_id
    {% for metric in ranked_by %}
    inner join ranks as {{ metric }}_ranks
        on
            {{ metric }}_ranks.metric = '{{ metric }}'
            and users.{{ metric }} = {{ metric }}_ranks.value
    {% endfor %}
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
        cast(
            case
                when dominant_bytes = 0 then null
                {% for name in names %}
                when {{ name }}_dl_bytes + {{ name }}_ul_bytes = dominant_bytes
                    then '{{ name }}'
                {% endfor %}
            end as {{ dbt.type_string() }}
        ) as dominant_application,
        cast(dominant_bytes as double) / nullif(applications_bytes, 0)
            as dominant_application_share,
        {% for name, metric in quintiles.items() %}
        cast(ceil(
            5 * cast({{ metric }}_double_rank as double) / double_count
        ) as bigint) as {{ name }}_quintile,
        {% endfor %}
        100 * cast(
            {% for metric in metrics %}
            {{ metric }}_double_rank{{ " +" if not loop.last }}
            {% endfor %}
            as double
        ) / ({{ metrics | length }} * double_count) as engagement_score,
        cast(newest_day - last_session_day as bigint)
            as days_since_last_session,
        device,
        device_class
    from ranked
)

select * from engagement
order by user_id asc nulls last
