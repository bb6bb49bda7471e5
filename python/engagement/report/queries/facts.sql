with users as (
    select
        count(*) as user_count,
        cast(sum(session_count) as bigint) as session_count,
        cast(sum(duration_ms) as bigint) as duration_ms,
        cast(sum(dl_bytes) as bigint) as dl_bytes,
        cast(sum(ul_bytes) as bigint) as ul_bytes,
        cast(sum(total_bytes) as bigint) as total_bytes
    from marts.user_engagement
),

loaded as (
    select min(session_date) as loaded_from
    from marts.daily_engagement
),

days as (
    select
        greatest(period.starts_on, loaded.loaded_from) as first_date,
        period.ends_on as last_date,
        period.day_count,
        period.covered_days,
        period.is_compared,
        period.report_timezone,
        loaded.loaded_from
    from loaded
    left join marts.engagement_period as period on true
),

files as (
    select
        count(*) filter (where passed_over_because is null) as file_count,
        count(passed_over_because) as passed_over_count,
        cast(sum(record_count) as bigint) as record_count,
        cast(sum(accepted_count) as bigint) as accepted_count,
        cast(sum(rejected_count) as bigint) as rejected_count,
        cast(sum(mangled_text_count) as bigint) as mangled_text_count
    from marts.load_report
),

applications as (
    select
        count(*) as application_count,
        cast(sum(total_bytes) as bigint) as applications_bytes
    from marts.application_traffic
),

models as (
    select string_split(fitted_metrics, ', ') as fitted_names
    from marts.cluster_model
),

-- in the order of the metrics, separated by commas
fitted as (
    select
        string_agg(metrics.label, ',' order by metrics.metric_rank) filter (
            list_contains(models.fitted_names, metrics.metric)
        ) as fitted_labels,
        string_agg(metrics.label, ',' order by metrics.metric_rank) filter (
            not list_contains(models.fitted_names, metrics.metric)
        ) as left_out_labels
    from marts.engagement_metrics as metrics
    cross join models
),

places as (
    select
        count(*) as place_count,
        count(*) filter (verdict in ('capacity', 'radio')) as bad_place_count,
        count(*) filter (verdict <> 'too_few') as judged_place_count
    from marts.location_priorities
),

published as (
    select
        count(*) as location_count,
        count(copies.location) as published_location_count
    from marts.location_traffic as locations
    left join published.location_traffic as copies
        on locations.location = copies.location
),

reached as (
    select
        count(*) as reaching_place_count,
        max(covered_users) as reached_user_count
    from marts.allocation_curve
    where location_rank <= 20
),

used_most as (
    select
        display_name as application_name,
        traffic_share as application_share
    from named_applications
    where application_rank = 1 and total_bytes > 0
),

peak as (
    select
        hour_of_week as peak_hour,
        mbit_per_second as peak_mbit_per_second
    from week_hours
    where mbit_per_second > 0
    order by mbit_per_second desc, hour_of_week asc
    limit 1
),

first_place as (
    select
        location as place_name,
        verdict as place_verdict,
        highly_engaged_user_count as place_user_count
    from marts.location_priorities
    where priority_rank = 1 and verdict in ('capacity', 'radio')
),

changes as (
    select
        max(change_share) filter (measure = 'user_count') as user_change_share,
        max(change_share) filter (measure = 'session_count')
            as session_change_share,
        max(change_share) filter (measure = 'duration_ms')
            as duration_change_share,
        max(change_share) filter (measure = 'total_bytes')
            as traffic_change_share
    from marts.engagement_changes
    where application is null
),

moves as (
    select
        count(*) filter (moved.movement = 'up') as up_count,
        count(*) filter (moved.movement = 'down') as down_count,
        count(*) filter (moved.movement = 'gone') as gone_count,
        count(*) filter (
            moved.movement = 'down'
            or moved.movement = 'gone'
            and moved.from_cluster_id = most_engaged.cluster_id
        ) as declining_count
    from marts.cluster_migration as moved
    cross join most_engaged
),

served as (
    select coalesce(sum(classes.user_count), 0) as poorly_served_count
    from marts.engagement_experience as classes
    inner join most_engaged on classes.cluster_id = most_engaged.cluster_id
    where classes.experience_class = 'poor'
),

fixed as (
    select
        coalesce(sum(classes.user_count), 0) as fixed_user_count,
        coalesce(sum(classes.total_bytes), 0) as fixed_bytes,
        coalesce(sum(classes.user_count) filter (
            classes.cluster_id = most_engaged.cluster_id
        ), 0) as fixed_engaged_count
    from marts.cluster_device_classes as classes
    cross join most_engaged
    where classes.is_fixed
),

engaged as (
    select
        cluster_name as engaged_name,
        user_count as engaged_user_count,
        total_value as engaged_bytes
    from marts.cluster_summary
    where metric = 'total_bytes'
    order by cluster_id desc
    limit 1
)

select
    users.*,
    days.*,
    files.*,
    engaged.*,
    applications.*,
    fitted.*,
    places.*,
    reached.*,
    published.*,
    group_size.min_group_size,
    used_most.*,
    peak.*,
    first_place.*,
    changes.*,
    moves.*,
    served.*,
    fixed.*,
    cluster_model.verdict,
    cluster_model.needs_refit,
    cluster_model.population_stability_index
from users
cross join days
cross join files
cross join applications
cross join fitted
cross join places
cross join reached
cross join published
cross join changes
cross join moves
cross join served
cross join fixed
left join used_most on true
left join published.group_size as group_size on true
left join peak on true
left join first_place on true
left join engaged on true
left join marts.cluster_model on true
