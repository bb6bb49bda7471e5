{% set totals = ["session_count", "duration_ms", "total_bytes"] %}
{% set applications = var("applications") | map(attribute="name") | list %}

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

day_totals as (
    select
        by_day.*,
        by_day.session_date >= period.starts_on as is_now
    from {{ ref("int_day_totals") }} as by_day
    inner join period
        on
            by_day.session_date
            >= coalesce(period.previous_starts_on, period.starts_on)
),

measures as (
    select
        'user_count' as measure,
        null as application,
        users_now as value,
        users_before as previous_value
    from user_counts
    union all
    -- new and gone users are changes themselves
    select
        'new_users' as measure,
        null as application,
        users_now - users_of_both as value,
        null as previous_value
    from user_counts
    union all
    select
        'gone_users' as measure,
        null as application,
        users_before - users_of_both as value,
        null as previous_value
    from user_counts
    {% for name in totals + applications %}
    {% set is_total = loop.index <= totals | length %}
    {% set measure = name if is_total else name ~ "_bytes" %}
    {% set amount = name if is_total
        else name ~ "_dl_bytes + " ~ name ~ "_ul_bytes" %}
    union all
    select
        '{{ measure }}' as measure,
        {{ "null" if is_total else "'" ~ name ~ "'" }} as application,
        coalesce(sum(case when is_now then {{ amount }} end), 0) as value,
        coalesce(sum(case when not is_now then {{ amount }} end), 0)
            as previous_value
    from day_totals
    {% endfor %}
),

compared as (
    select
        measures.measure,
        cast(measures.application as {{ dbt.type_string() }}) as application,
        case
            when
                period.is_compared
                or measures.measure not in ('new_users', 'gone_users')
                then cast(measures.value as bigint)
        end as value,
        case
            when period.is_compared
                then cast(measures.previous_value as bigint)
        end as previous_value
    from measures
    cross join period
),

engagement_changes as (
    select
        *,
        value - previous_value as change, -- noqa: references.keywords
        cast(value - previous_value as double) / nullif(previous_value, 0)
            as change_share
    from compared
)

select * from engagement_changes
order by measure asc nulls last, application asc nulls first
