{% set applications = var("applications") | map(attribute="name") | list %}
{% set sums = ["session_count", "duration_ms", "total_bytes"] %}
{% for application in applications %}
{% do sums.append(application ~ "_bytes") %}
{% endfor %}

with period as (
    select * from {{ ref("engagement_period") }}
),

user_counts as (
    select
        (select count(*) from {{ ref("int_users") }}) as users_now,
        (select count(*) from {{ ref("int_users_before") }}) as users_before,
        count(*) as users_of_both
    from {{ ref("int_users") }} as users
    inner join {{ ref("int_users_before") }} as users_before
        on users.user_id = users_before.user_id
),

file_days as (
    select
        session_date >= period.starts_on as is_now,
        record_count as session_count,
        duration_ms,
        dl_bytes + ul_bytes as total_bytes
        {% for application in applications %},
        {{ application }}_dl_bytes + {{ application }}_ul_bytes
            as {{ application }}_bytes
        {%- endfor %}
    from {{ ref("int_file_days") }} as file_days
    inner join period
        on
            file_days.session_date
            >= coalesce(period.previous_starts_on, period.starts_on)
    where rejection_reason is null
),

sums as (
    {% for measure in sums %}
    select
        '{{ measure }}' as measure,
        sum(case when is_now then {{ measure }} else 0 end) as value,
        sum(case when is_now then 0 else {{ measure }} end) as previous_value
    from file_days
    {{ "union all" if not loop.last }}
    {% endfor %}
),

measures as (
    select
        'user_count' as measure,
        users_now as value,
        users_before as previous_value
    from user_counts
    union all
    -- they are changes themselves
    select
        'new_users' as measure,
        users_now - users_of_both as value,
        null as previous_value
    from user_counts
    union all
    select
        'gone_users' as measure,
        users_before - users_of_both as value,
        null as previous_value
    from user_counts
    union all
    select
        measure,
        coalesce(value, 0) as value,
        coalesce(previous_value, 0) as previous_value
    from sums
),

compared as (
    select
        measures.measure,
        case
            when
                period.is_compared
                or measures.measure not in ('new_users', 'gone_users')
                then cast(measures.value as bigint)
        end as value,
        case when period.is_compared
            then cast(measures.previous_value as bigint)
        end as previous_value
    from measures
    cross join period
),

engagement_changes as (
    select
        *,
        value - previous_value as change,
        cast(value - previous_value as double) / nullif(previous_value, 0)
            as change_share
    from compared
)

select * from engagement_changes
order by measure asc nulls last
