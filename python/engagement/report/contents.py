"""What the report shows, as data: its figures and tables.

To add a figure, write a function in ``figures`` and its query in ``queries``, then
list it here and place it in ``page.html.j2``. A table needs no function.
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


@dataclass(frozen=True)
class ListEntry:
    """A list that the page offers as a CSV file.

    Attributes
    ----------
    name : str
        Of the file, and of its query after ``list_``, which reads marts alone.
    count : str
        The fact that says how long it is.
    one : str
        What one row is.
    note : str
        What follows it in a sentence.
    is_of_users : bool
        Whether it names users, and is left out where they are not pseudonyms.
    """

    name: str
    count: str
    one: str
    note: str = ""
    is_of_users: bool = True

    @property
    def query(self) -> str:
        """Name the file of its query, without the suffix."""
        return f"list_{self.name}"


FIGURES = (
    FigureEntry(
        name="top_applications",
        title="Top applications",
        caption="A bar for each of the applications with the most traffic, labelled "
        "with its bytes and its share of all application traffic.",
        draw=applications.top_applications,
    ),
    FigureEntry(
        name="application_traffic",
        title="Traffic per application",
        caption="A bar for each application, downlink and uplink stacked, labelled "
        "with its bytes and its share of all application traffic.",
        draw=applications.application_traffic,
    ),
    FigureEntry(
        name="top_users",
        title="Most engaged users",
        caption="A panel of bars for each metric, with the users who lead by it. Users "
        "who are among the first by every metric are hatched, unless all users are.",
        draw=users.top_users,
    ),
    FigureEntry(
        name="top_users_per_application",
        title="Most engaged users per application",
        caption="A panel of bars for each application, with the users who have the "
        "most traffic.",
        draw=users.top_users_per_application,
    ),
    FigureEntry(
        name="engagement_concentration",
        title="How unequal users are",
        caption="A Lorenz curve for each metric, with its Gini coefficient and the "
        "line on which all users are equal; and bars of the share of each metric that "
        "the most engaged users account for. A user at the edge counts in part.",
        draw=users.engagement_concentration,
    ),
    FigureEntry(
        name="engagement_depth",
        title="How recent and how frequent users are",
        caption="A table of five by five: users by fifths of recency and of "
        "frequency, with their number, share and, if there is any, mean traffic. A "
        "darker cell has more users.",
        draw=users.engagement_depth,
    ),
    FigureEntry(
        name="daily_engagement",
        title="Engagement per day",
        caption="Returning and new users of each day, stacked. Below them, the traffic "
        "of each day, if there is any, and, from the 30th day on, the share of a "
        "month's users who are active that day (DAU/MAU).",
        draw=time.daily_engagement,
    ),
    FigureEntry(
        name="weekly_retention",
        title="Who comes back",
        caption="A table of the share of the users first seen in one week who are "
        "active in later weeks. A darker cell means that more of them come back.",
        draw=time.weekly_retention,
    ),
    FigureEntry(
        name="hourly_traffic",
        title="Traffic per hour",
        caption="The traffic of each hour, clusters stacked, with the busy hour "
        "marked. The legend gives the busy hour of each cluster, the first of equally "
        "busy ones.",
        draw=time.hourly_traffic,
    ),
    FigureEntry(
        name="week_hours",
        title="The week, hour by hour",
        caption="A cell for each hour of the week, darker the more traffic it has on "
        "average, in Mbit/s. Traffic is spread over the time of each session.",
        draw=time.week_hours,
    ),
    FigureEntry(
        name="location_traffic",
        title="Where the traffic is",
        caption="Bars of up to 15 locations, those with the most traffic or else the "
        "most users first: their traffic, if there is any, and how many of their users "
        "are highly engaged.",
        draw=places.location_traffic,
    ),
    FigureEntry(
        name="elbow_curve",
        title="How many clusters",
        caption="A line of the inertia of k-means by number of clusters. The elbow, "
        "beyond which more clusters add little, is marked if there is one.",
        draw=criteria.elbow_curve,
    ),
    FigureEntry(
        name="cluster_choice",
        title="How many clusters each criterion suggests",
        caption="A panel for each criterion, with its score by number of clusters and "
        "the number it suggests marked; and bars of how many criteria suggest each "
        "number.",
        draw=criteria.cluster_choice,
    ),
    FigureEntry(
        name="clusters",
        title="Clusters of users",
        caption="Users by two of the metrics in which they differ, on log axes. Each "
        "marker stands for users of one cluster who have about the same of both: its "
        "area shows how many they are, its shape and colour the cluster.",
        draw=clusters.clusters,
    ),
    FigureEntry(
        name="cluster_summary",
        title="What the clusters are",
        caption="Bars that divide all users and the total of each metric among the "
        "clusters; and a panel for each metric with the smallest, mean and largest "
        "value per user in each cluster, on log axes.",
        draw=clusters.cluster_summary,
    ),
    FigureEntry(
        name="cluster_applications",
        title="What the clusters do differently",
        caption="A marker for each application and cluster: the application's share "
        "of the cluster's traffic with applications, relative to its share among all "
        "users. A line marks 100, the same share as among all users.",
        draw=applications.cluster_applications,
    ),
    FigureEntry(
        name="cluster_migration",
        title="Who moved",
        caption="Bars of the users who moved up or down, are new or are gone since the "
        "period before; and a table of how many moved from which cluster to which.",
        draw=clusters.cluster_migration,
    ),
)

# The query of the numbers that the page opens with, one row.
FACTS = "facts"
# Longer lists are not in the page, which would grow with the number of users.
MOST_LISTED = 5_000
LISTS = (
    ListEntry(
        name="highly_engaged",
        count="engaged_user_count",
        one="highly engaged user",
    ),
    ListEntry(
        name="poorly_served",
        count="poorly_served_count",
        one="highly engaged user",
        note=" with a poor connection: 30% of the measured sessions or more are poor",
    ),
    ListEntry(
        name="declining",
        count="declining_count",
        one="declining user",
        note=": now in a less engaged cluster than in the period before, or gone from "
        "the most engaged one",
    ),
    ListEntry(
        name="places",
        count="place_count",
        one="place",
        note=" in all, including those where a device or a single user explains the "
        "poor sessions, and those with too few sessions for a verdict",
        is_of_users=False,
    ),
)
TABLES = (
    TableEntry(
        name="rejections",
        caption="One row per reason for which records were refused.",
    ),
    TableEntry(
        name="files",
        caption="One row per source file, the most recently loaded first, and those "
        "that were passed over last.",
    ),
    TableEntry(
        name="changes",
        caption="One row per measure: the period, and how it differs from the period "
        "before, which is as long.",
    ),
    TableEntry(
        name="priorities",
        caption="At most 20 places, in the order in which to invest. Capacity: more "
        "sessions are poor in busy hours, the six in which most sessions of the "
        "network end, than their devices and chance explain; radio: at all hours. The "
        "peak is the hour of the week with the most traffic of the place, which need "
        "not be when its sessions are poor.",
    ),
    TableEntry(
        name="allocation",
        caption="At most 20 places, each with what it adds to those before it, and the "
        "highly engaged users and their traffic that they reach together.",
    ),
    TableEntry("top_users", "The most engaged users by each metric."),
    TableEntry(
        name="fixed_devices",
        caption="One row per metric: the share of it that the top 10% of users account "
        "for, and how unequal users are, with all users and without those of "
        "routers, modems and IoT devices.",
    ),
    TableEntry(
        name="device_classes",
        caption="One row per class of device, each user once, by the device with most "
        "of the user's traffic.",
    ),
    TableEntry(
        name="devices",
        caption="At most 50 devices, those with the most traffic first. The share of "
        "poor sessions lies between the next two columns with 95% confidence; it is of "
        "the sessions in which something was measured, and nothing is filled in for "
        "the others. Round-trip time and throughput are medians.",
    ),
    TableEntry(
        name="cluster_experience",
        caption="One row per cluster: the share of its users whose connection is poor "
        "(30% of their measured sessions or more), fair, good (below 10%), or measured "
        "in fewer than 10 sessions.",
    ),
    TableEntry(
        name="applications",
        caption="One row per application, the one with the most traffic first. Shares "
        "are of the traffic of all applications.",
    ),
    TableEntry(
        name="top_users_per_application",
        caption="The users with the most traffic in each application.",
    ),
    TableEntry(
        name="criteria",
        caption="One row per number of clusters k, with the score of each criterion.",
    ),
    TableEntry("model", "What the clusters were fitted on, and how well they fit."),
    TableEntry(
        name="clusters",
        caption="One row per cluster and metric, in real units (not scaled).",
    ),
    TableEntry(
        name="cluster_applications",
        caption="One row per cluster and application, with its share of the cluster's "
        "traffic with applications. An index of 100 is the same share as among all "
        "users.",
    ),
    TableEntry(
        name="concentration",
        caption="One row per metric: the share of it that the top users account for. A "
        "user at the edge counts in part.",
    ),
    TableEntry("days", "One row per day, the newest first."),
    TableEntry(
        name="retention",
        caption="One row per week in which users were first seen, and week since then.",
    ),
    TableEntry("busy_hours", "The busiest hours, at most ten."),
    TableEntry(
        name="locations",
        caption="At most 100 locations, those with the most traffic, or else the most "
        "users, first.",
    ),
)
