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
        count(*) filter (verdict in ('capacity', 'radio')) as bad_place_count,
        count(*) filter (verdict <> 'too_few') as judged_place_count
    from marts.location_priorities
),

reached as (
    select
        count(*) as reaching_place_count,
        max(covered_users) as reached_user_count
    from marts.allocation_curve
    where location_rank <= 20
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
left join engaged on true
left join marts.cluster_model on true
