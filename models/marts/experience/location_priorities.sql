{# The rules of the verdicts, which the description of the column explains. #}
{% set least_measured = 30 %}
{% set least_of_each = 5 %}
{% set most_of_one_user = 0.5 %}
{% set false_alarms = 0.05 %}
{% set quiet_to_busy = 1 / 3 %}

with busiest as (
    select
        location,
        hour_of_week,
        mean_mbit_per_second,
        highly_engaged_bytes,
        row_number() over (
            partition by location
            order by
                mean_mbit_per_second desc nulls last,
                total_bytes desc nulls last,
                hour_of_week asc nulls last
        ) as hour_rank
    from {{ ref("location_hours") }}
),

largest_users as (
    select
        location,
        cast(max(total_bytes) as double) / nullif(sum(total_bytes), 0)
            as top_user_share
    from {{ ref("int_user_locations") }}
    group by location
),

tested as (
    select
        ln(3 * greatest(count(*), 1) / {{ false_alarms }}) as evidence_needed
    from {{ ref("int_location_measurements") }}
    where measured_count >= {{ least_measured }}
),

judged as (
    select
        *,
        cast(busy_poor_count as double) / nullif(busy_measured_count, 0)
            as busy_poor_share,
        cast(quiet_poor_count as double) / nullif(quiet_measured_count, 0)
            as quiet_poor_share,
        expected_of_devices / measured_count as expected_poor_share,
        {{ evidence_of("poor_count", "measured_count", "expected_poor") }}
            as evidence_in_all,
        greatest(
            {{ evidence_of(
                "poor_count", "measured_count", "expected_of_devices"
            ) }},
            {{ evidence_of(
                "busy_poor_count", "busy_measured_count", "busy_expected"
            ) }}
        ) as evidence,
        (quiet_poor_count - quiet_expected) / nullif(quiet_measured_count, 0)
        < {{ quiet_to_busy }}
        * (busy_poor_count - busy_expected) / nullif(busy_measured_count, 0)
            as is_busy_only
    from {{ ref("int_location_measurements") }}
),

figured as (
    select
        traffic.location,
        traffic.user_count,
        traffic.highly_engaged_user_count,
        traffic.total_bytes,
        busiest.hour_of_week as busy_hour_of_week,
        busiest.mean_mbit_per_second as busy_mbit_per_second,
        busiest.highly_engaged_bytes as busy_highly_engaged_bytes,
        largest_users.top_user_share,
        coalesce(judged.measured_count, 0) as measured_count,
        coalesce(judged.poor_count, 0) as poor_count,
        coalesce(judged.busy_measured_count, 0) as busy_measured_count,
        coalesce(judged.quiet_measured_count, 0) as quiet_measured_count,
        judged.busy_poor_share,
        judged.quiet_poor_share,
        judged.expected_poor_share,
        judged.evidence,
        judged.evidence_in_all,
        tested.evidence_needed,
        judged.is_busy_only
    from {{ ref("location_traffic") }} as traffic
    cross join tested
    left join busiest
        on traffic.location = busiest.location and busiest.hour_rank = 1
    left join largest_users on traffic.location = largest_users.location
    left join judged on traffic.location = judged.location
    where traffic.location <> '(missing)'
),

decided as (
    select
        *,
        case
            when
                measured_count < {{ least_measured }}
                or busy_measured_count < {{ least_of_each }}
                or quiet_measured_count < {{ least_of_each }}
                then 'too_few'
            when top_user_share > {{ most_of_one_user }} then 'single_user'
            when evidence >= evidence_needed and is_busy_only then 'capacity'
            when evidence >= evidence_needed then 'radio'
            when evidence_in_all >= evidence_needed then 'device'
            else 'none'
        end as verdict
    from figured
),

priorities as (
    select
        location,
        cast(row_number() over (
            order by
                case
                    when verdict in ('capacity', 'radio') then 1
                    when verdict in ('device', 'single_user') then 2
                    when verdict = 'none' then 3
                    else 4
                end asc,
                highly_engaged_user_count desc,
                poor_count desc,
                total_bytes desc,
                location asc
        ) as bigint) as priority_rank,
        verdict,
        user_count,
        highly_engaged_user_count,
        total_bytes,
        busy_hour_of_week,
        busy_mbit_per_second,
        busy_highly_engaged_bytes,
        top_user_share,
        measured_count,
        {{ share_with_interval("poor_count", "measured_count", "poor_share") }},
        busy_measured_count,
        busy_poor_share,
        quiet_measured_count,
        quiet_poor_share,
        expected_poor_share,
        evidence,
        evidence_in_all,
        evidence_needed
    from decided
)

select * from priorities
order by priority_rank asc nulls last
