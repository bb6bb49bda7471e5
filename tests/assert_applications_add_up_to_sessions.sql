-- Else traffic of an application is lost or counted twice in its total.
with sessions as (
    select
        {% for column in application_columns() %}
        coalesce(sum({{ column }}), 0) as {{ column }},
        {% endfor %}
        sum(session_count) as session_count
    from {{ ref("int_day_totals") }}
    where {{ in_period("session_date") }}
),

expected as (
    {% for application in var("applications") %}
    select
        '{{ application.name }}' as application,
        {{ application.name }}_dl_bytes as dl_bytes,
        {{ application.name }}_ul_bytes as ul_bytes
    from sessions
    {{ "union all" if not loop.last }}
    {% else %}
    {{ no_rows("sessions", {
        "application": "string",
        "dl_bytes": "bigint",
        "ul_bytes": "bigint",
    }) }}
    {% endfor %}
),

users as (
    select
        application,
        sum(dl_bytes) as dl_bytes,
        sum(ul_bytes) as ul_bytes,
        sum(total_bytes) as total_bytes
    from {{ ref("user_application_traffic") }}
    group by application
)

select
    expected.application,
    expected.dl_bytes as expected_dl_bytes,
    expected.ul_bytes as expected_ul_bytes,
    users.dl_bytes as users_dl_bytes,
    users.ul_bytes as users_ul_bytes,
    applications.total_bytes
from expected
left join users on expected.application = users.application
left join {{ ref("application_traffic") }} as applications
    on expected.application = applications.application
where
    expected.dl_bytes <> coalesce(users.dl_bytes, 0)
    or expected.ul_bytes <> coalesce(users.ul_bytes, 0)
    or expected.dl_bytes + expected.ul_bytes
    <> coalesce(applications.total_bytes, 0)
