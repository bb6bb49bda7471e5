"""What the report shows: its figures, with the queries that they are drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from engagement.report import plots
from engagement.serve.warehouse import NAMED_APPLICATIONS


@dataclass(frozen=True)
class Piece:
    """One figure of the report.

    Attributes
    ----------
    name : str
        Of its file, without the suffix.
    title : str
        Heading.
    caption : str
        What is drawn, in words: for those who do not see it.
    relations : tuple of str
        What the query reads, as schema.relation.
    query : str
    draw : callable
    """

    name: str
    title: str
    caption: str
    relations: tuple[str, ...]
    query: str
    draw: Callable[[plots.Frame], Figure]


PIECES = (
    Piece(
        name="top_applications",
        title="Top applications",
        caption="A bar for each of the applications with most traffic, with its bytes "
        "and its share of the traffic of all applications.",
        relations=(
            "marts.top_applications",
            "marts.application_traffic",
            "staging.applications",
        ),
        query=f"""
            select names.display_name, top.total_bytes, top.traffic_share
            from marts.top_applications as top
            inner join {NAMED_APPLICATIONS} as names
                on top.application = names.application
            order by top.application_rank
        """,
        draw=plots.top_applications,
    ),
    Piece(
        name="application_traffic",
        title="Traffic per application",
        caption="A bar for each application, downlink and uplink stacked, with its "
        "bytes and its share of the traffic of all applications.",
        relations=("marts.application_traffic", "staging.applications"),
        query=f"""
            select display_name, dl_bytes, ul_bytes, total_bytes, traffic_share
            from {NAMED_APPLICATIONS}
            order by application_rank
        """,
        draw=plots.application_traffic,
    ),
    Piece(
        name="top_users",
        title="Most engaged users",
        caption="Three panels of bars: the users with most sessions, longest total "
        "duration and most traffic. Users in all three lists are hatched.",
        relations=("marts.top_users",),
        query="""
            select metric, user_rank, user_id, value
            from marts.top_users
            order by metric, user_rank
        """,
        draw=plots.top_users,
    ),
    Piece(
        name="top_users_per_application",
        title="Most engaged users per application",
        caption="A panel of bars for each application: the users with most traffic.",
        relations=(
            "marts.top_users_per_application",
            "marts.application_traffic",
            "staging.applications",
        ),
        query=f"""
            select
                users.application,
                names.display_name,
                users.user_rank,
                users.user_id,
                users.total_bytes
            from marts.top_users_per_application as users
            inner join {NAMED_APPLICATIONS} as names
                on users.application = names.application
            order by names.application_rank, users.user_rank
        """,
        draw=plots.top_users_per_application,
    ),
    Piece(
        name="engagement_concentration",
        title="Who makes the traffic",
        caption="Lorenz curves of sessions, duration and traffic, with the line on "
        "which all users are alike and the Gini coefficients; and bars of the share "
        "that the top 1, 5, 10, 20 and 50% of users make.",
        relations=("marts.lorenz_curve", "marts.engagement_concentration"),
        query="""
            select
                curve.metric,
                curve.user_share,
                curve.value_share,
                concentration.total_value,
                concentration.gini_coefficient,
                concentration.top_1_percent_share,
                concentration.top_5_percent_share,
                concentration.top_10_percent_share,
                concentration.top_20_percent_share,
                concentration.top_50_percent_share
            from marts.lorenz_curve as curve
            inner join marts.engagement_concentration as concentration
                on curve.metric = concentration.metric
            order by curve.metric, curve.user_share
        """,
        draw=plots.engagement_concentration,
    ),
    Piece(
        name="engagement_depth",
        title="How recent and how frequent users are",
        caption="A table of five by five: users by fifths of recency and of "
        "frequency, with their number, share and mean traffic; the darker a cell, "
        "the more users.",
        relations=("marts.user_engagement",),
        query="""
            select
                recency_quintile,
                frequency_quintile,
                count(*) as user_count,
                avg(total_bytes) as total_bytes,
                min(days_since_last_session) as least_days,
                max(days_since_last_session) as most_days,
                min(session_count) as least_sessions,
                max(session_count) as most_sessions
            from marts.user_engagement
            group by recency_quintile, frequency_quintile
            order by all
        """,
        draw=plots.engagement_depth,
    ),
    Piece(
        name="daily_engagement",
        title="Engagement per day",
        caption="Returning and new users of each day, stacked; below it the traffic "
        "of each day and, where there are 30 days, a line of the share of a month's "
        "users who are active that day (DAU/MAU).",
        relations=("marts.daily_engagement",),
        query="""
            select
                session_date,
                active_users,
                new_users,
                returning_users,
                total_bytes,
                stickiness
            from marts.daily_engagement
            order by session_date
        """,
        draw=plots.daily_engagement,
    ),
    Piece(
        name="weekly_retention",
        title="Who comes again",
        caption="A table of the share of the users first seen in one week who are "
        "active in later ones; the darker a cell, the more come again.",
        relations=("marts.weekly_retention", "marts.daily_engagement"),
        query="""
            select
                cohort_week,
                weeks_later,
                user_count,
                active_users,
                retention_share,
                (select max(session_date) from marts.daily_engagement) as last_date
            from marts.weekly_retention
            order by cohort_week, weeks_later
        """,
        draw=plots.weekly_retention,
    ),
    Piece(
        name="hourly_traffic",
        title="Traffic per hour",
        caption="The traffic of each hour, clusters stacked, with the busy hour "
        "marked; the legend has the busy hour of each cluster.",
        relations=("marts.hourly_traffic",),
        # Each of the hours of 100 days is drawn, of more the mean hour of each day,
        # of years of each week: however long the export, few steps come back.
        query="""
            with steps as (
                select case
                    when count(distinct hour_at) <= 100 * 24 then 1
                    when count(distinct hour_at) <= 1000 * 24 then 24
                    else 168
                end as step_hours
                from marts.hourly_traffic
            ),
            busy_hour as (
                select hour_at as busy_at, sum(total_bytes) as busy_bytes
                from marts.hourly_traffic
                group by hour_at
                order by busy_bytes desc, busy_at
                limit 1
            )
            select
                time_bucket(to_hours(steps.step_hours), hours.hour_at) as step_at,
                steps.step_hours,
                hours.cluster_id,
                hours.cluster_name,
                avg(hours.total_bytes) as total_bytes,
                cluster_hours.hour_at as cluster_busy_at,
                cluster_hours.total_bytes as cluster_busy_bytes,
                busy_hour.busy_at,
                busy_hour.busy_bytes
            from marts.hourly_traffic as hours
            inner join marts.hourly_traffic as cluster_hours
                on
                    hours.cluster_id = cluster_hours.cluster_id
                    and cluster_hours.hour_rank = 1
            cross join steps
            cross join busy_hour
            group by all
            order by step_at, hours.cluster_id
        """,
        draw=plots.hourly_traffic,
    ),
    Piece(
        name="location_traffic",
        title="Where the traffic is",
        caption="Two panels of bars: the 15 locations with most traffic, and how many "
        "of the users there are highly engaged.",
        relations=("marts.location_traffic",),
        query="""
            select
                location,
                user_count,
                highly_engaged_user_count,
                total_bytes,
                traffic_share,
                (
                    select count(*) from marts.location_traffic
                    where location <> '(missing)'
                ) as location_count
            from marts.location_traffic
            where location_rank <= 16 or location = '(missing)'
            order by location_rank
        """,
        draw=plots.location_traffic,
    ),
    Piece(
        name="elbow_curve",
        title="How many clusters",
        caption="A line of the inertia of k-means per number of clusters, with the "
        "elbow, from which more clusters gain little, marked if there is one.",
        relations=("marts.elbow_curve",),
        query="select k, inertia, is_elbow from marts.elbow_curve order by k",
        draw=plots.elbow_curve,
    ),
    Piece(
        name="cluster_choice",
        title="What speaks for how many clusters",
        caption="Five panels, a line per criterion over the number of clusters: "
        "inertia, silhouette, Calinski-Harabasz, Davies-Bouldin and gap, with the "
        "number it suggests marked; and bars of how many criteria suggest each.",
        relations=("marts.elbow_curve", "marts.cluster_model"),
        query="""
            select
                curve.k,
                curve.inertia,
                curve.silhouette,
                curve.calinski_harabasz,
                curve.davies_bouldin,
                curve.gap,
                curve.gap_deviation,
                curve.suggested_by,
                model.verdict,
                model.cluster_count
            from marts.elbow_curve as curve
            cross join marts.cluster_model as model
            order by curve.k
        """,
        draw=plots.cluster_choice,
    ),
    Piece(
        name="clusters",
        title="Clusters of users",
        caption="Sessions against traffic of users on log axes. Each marker stands for "
        "the users of one cluster with about the same sessions and traffic; its area "
        "is their number, its shape and colour the cluster.",
        relations=("marts.user_clusters",),
        # 20 steps a decade tell 1 to 12 sessions apart; however many users there
        # are, some hundred rows come back.
        query="""
            select
                cluster_id,
                cluster_name,
                count(*) as user_count,
                avg(session_count) as session_count,
                avg(total_bytes) as total_bytes
            from marts.user_clusters
            group by
                cluster_id,
                cluster_name,
                case when session_count > 0 then round(20 * log10(session_count)) end,
                case when total_bytes > 0 then floor(8 * log10(total_bytes)) end
            order by all
        """,
        draw=plots.clusters,
    ),
    Piece(
        name="cluster_summary",
        title="What the clusters are",
        caption="Bars that divide all users, sessions, duration and traffic among the "
        "clusters; and per cluster the least, mean and largest sessions, duration and "
        "traffic of a user, on log axes.",
        relations=("marts.cluster_summary",),
        query="select * from marts.cluster_summary order by cluster_id, metric",
        draw=plots.cluster_summary,
    ),
    Piece(
        name="cluster_applications",
        title="What clusters do differently",
        caption="A marker per application and cluster: the share of the application "
        "in the cluster's traffic against its share with all users; a line marks "
        "100, like all users.",
        relations=(
            "marts.cluster_applications",
            "marts.application_traffic",
            "staging.applications",
        ),
        query=f"""
            select
                clusters.cluster_id,
                clusters.cluster_name,
                clusters.application,
                names.display_name,
                clusters.traffic_index
            from marts.cluster_applications as clusters
            inner join {NAMED_APPLICATIONS} as names
                on clusters.application = names.application
            order by names.application_rank, clusters.cluster_id
        """,
        draw=plots.cluster_applications,
    ),
    Piece(
        name="cluster_migration",
        title="Who moved",
        caption="Bars of the users who moved up or down since the last new data, are "
        "new or gone; and a table of how many went from which cluster to which.",
        relations=("marts.cluster_migration", "marts.user_clusters"),
        query="""
            select
                movement,
                from_cluster_id,
                from_cluster_name,
                to_cluster_id,
                to_cluster_name,
                count(*) as user_count,
                (select count(*) from marts.user_clusters) as user_total
            from marts.cluster_migration
            group by all
            order by all
        """,
        draw=plots.cluster_migration,
    ),
)
