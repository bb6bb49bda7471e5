{{ config(materialized="table") }}

with user_locations as (
    select
        coalesce(location, '(missing)') as location,
        user_id,
        {% for column in session_totals() %}
        cast(sum({{ column }}) as bigint) as {{ column }},
        {% endfor %}
        cast(sum(dl_bytes + ul_bytes) as bigint) as total_bytes,
        cast(sum(session_count * (
            1 + cast(floor(
                greatest({{
                    milliseconds_between("started_at", "ended_at")
                }}, 0) / 518400000
            ) as bigint)
        )) as bigint) as session_weeks
    from {{ ref("int_signed_sessions") }}
    where {{ in_period("session_date") }}
    group by coalesce(location, '(missing)'), user_id
)

select * from user_locations
