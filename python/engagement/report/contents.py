"""What the report shows, as data: its figures and tables.

Each has a query of its own in ``queries`` and a place in ``page.html.j2``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from engagement.report.figures import (
    applications,
    clusters,
    criteria,
    places,
    time,
    users,
)
from engagement.report.frames import Frame


@dataclass(frozen=True)
class FigureEntry:
    """A figure of the report.

    Attributes
    ----------
    name : str
        Of its PNG file, without the suffix.
    title : str
        What the page calls it.
    caption : str
        What is drawn, in words, for those who do not see it.
    draw : callable
        Turns what the query gives into the figure.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[Frame], Figure]

    @property
    def query(self) -> str:
        """Name the file of its query, without the suffix."""
        return f"figure_{self.name}"


@dataclass(frozen=True)
class TableEntry:
    """A table of the report.

    Attributes
    ----------
    name : str
    caption : str
        What one row is, and in which order the rows stand.
    """

    name: str
    caption: str

    @property
    def query(self) -> str:
        """Name the file of its query, without the suffix."""
        return f"table_{self.name}"


FIGURES = (
    FigureEntry(
        name="top_applications",
        title="Top applications",
        caption="A bar for each of the applications with most traffic, with its bytes "
        "and its share of the traffic of all applications.",
        draw=applications.top_applications,
    ),
    FigureEntry(
        name="application_traffic",
        title="Traffic per application",
        caption="A bar for each application, downlink and uplink stacked, with its "
        "bytes and its share of the traffic of all applications.",
        draw=applications.application_traffic,
    ),
    FigureEntry(
        name="top_users",
        title="Most engaged users",
        caption="Three panels of bars: the users with most sessions, longest total "
        "duration and most traffic. Users in all three lists are hatched.",
        draw=users.top_users,
    ),
    FigureEntry(
        name="top_users_per_application",
        title="Most engaged users per application",
        caption="A panel of bars for each application: the users with most traffic.",
        draw=users.top_users_per_application,
    ),
    FigureEntry(
        name="engagement_concentration",
        title="Who makes the traffic",
        caption="Lorenz curves of sessions, duration and traffic, with the line on "
        "which all users are alike and the Gini coefficients; and bars of the share "
        "that the top 1, 5, 10, 20 and 50% of users make.",
        draw=users.engagement_concentration,
    ),
    FigureEntry(
        name="engagement_depth",
        title="How recent and how frequent users are",
        caption="A table of five by five: users by fifths of recency and of "
        "frequency, with their number, share and mean traffic; the darker a cell, "
        "the more users.",
        draw=users.engagement_depth,
    ),
    FigureEntry(
        name="daily_engagement",
        title="Engagement per day",
        caption="Returning and new users of each day, stacked; below it the traffic "
        "of each day and, where there are 30 days, a line of the share of a month's "
        "users who are active that day (DAU/MAU).",
        draw=time.daily_engagement,
    ),
    FigureEntry(
        name="weekly_retention",
        title="Who comes again",
        caption="A table of the share of the users first seen in one week who are "
        "active in later ones; the darker a cell, the more come again.",
        draw=time.weekly_retention,
    ),
    FigureEntry(
        name="hourly_traffic",
        title="Traffic per hour",
        caption="The traffic of each hour, clusters stacked, with the busy hour "
        "marked; the legend has the busy hour of each cluster.",
        draw=time.hourly_traffic,
    ),
    FigureEntry(
        name="location_traffic",
        title="Where the traffic is",
        caption="Two panels of bars: the 15 locations with most traffic, and how many "
        "of the users there are highly engaged.",
        draw=places.location_traffic,
    ),
    FigureEntry(
        name="elbow_curve",
        title="How many clusters",
        caption="A line of the inertia of k-means per number of clusters, with the "
        "elbow, from which more clusters gain little, marked if there is one.",
        draw=criteria.elbow_curve,
    ),
    FigureEntry(
        name="cluster_choice",
        title="What speaks for how many clusters",
        caption="Five panels, a line per criterion over the number of clusters: "
        "inertia, silhouette, Calinski-Harabasz, Davies-Bouldin and gap, with the "
        "number it suggests marked; and bars of how many criteria suggest each.",
        draw=criteria.cluster_choice,
    ),
    FigureEntry(
        name="clusters",
        title="Clusters of users",
        caption="Sessions against traffic of users on log axes. Each marker stands for "
        "the users of one cluster with about the same sessions and traffic; its area "
        "is their number, its shape and colour the cluster.",
        draw=clusters.clusters,
    ),
    FigureEntry(
        name="cluster_summary",
        title="What the clusters are",
        caption="Bars that divide all users, sessions, duration and traffic among the "
        "clusters; and per cluster the least, mean and largest sessions, duration and "
        "traffic of a user, on log axes.",
        draw=clusters.cluster_summary,
    ),
    FigureEntry(
        name="cluster_applications",
        title="What clusters do differently",
        caption="A marker per application and cluster: the share of the application "
        "in the cluster's traffic against its share with all users; a line marks "
        "100, like all users.",
        draw=applications.cluster_applications,
    ),
    FigureEntry(
        name="cluster_migration",
        title="Who moved",
        caption="Bars of the users who moved up or down since the last new data, are "
        "new or gone; and a table of how many went from which cluster to which.",
        draw=clusters.cluster_migration,
    ),
)

# The query of the numbers that the page opens with, one row.
FACTS = "facts"
TABLES = (
    TableEntry(
        name="rejections",
        caption="One row per reason for which records are not counted.",
    ),
    TableEntry("files", "One row per source file, the last loaded first."),
    TableEntry("top_users", "The most engaged users by each of the three metrics."),
    TableEntry(
        name="applications",
        caption="One row per application, the one with most traffic first.",
    ),
    TableEntry(
        name="top_users_per_application",
        caption="The users with most traffic of each application.",
    ),
    TableEntry(
        name="criteria",
        caption="One row per number of clusters k, with each criterion's score.",
    ),
    TableEntry("model", "What was fitted."),
    TableEntry(
        name="clusters",
        caption="One row per cluster and metric; the values are not normalised.",
    ),
    TableEntry(
        name="cluster_applications",
        caption="One row per cluster and application. Index 100: as everyone.",
    ),
    TableEntry(
        name="concentration",
        caption="One row per metric: what the top of all users make of it.",
    ),
    TableEntry("days", "One row per day, the last first."),
    TableEntry(
        name="retention",
        caption="One row per week in which users were first seen, and week after it.",
    ),
    TableEntry("busy_hours", "The ten busiest hours."),
    TableEntry("locations", "The 100 locations with most traffic."),
)
