"""Figures of what users use."""

from __future__ import annotations

import math

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engagement.report.axes import log_axis
from engagement.report.charts import (
    COLOURS,
    GREY,
    MARKERS,
    bars,
    empty_figure,
    plain,
    style,
    titled_figure,
    wrapped,
)
from engagement.report.formats import (
    TRAFFIC,
    Unit,
    all_of,
    capitalise,
    format_bytes,
    format_index,
    format_name,
    format_share,
    format_traffic,
    join_few,
)
from engagement.report.frames import Frame, Row, grouped, rows_of
from engagement.report.width import is_for_a_phone

INDEX = Unit("index", 1, format_index)
# An index within this factor of 100 is about the same as all users: a tenth more or
# less of an application is nothing that a plan or an offer could follow from.
ALIKE = 1.1
LEAST_ROOM = 10  # points of the index beside 100, so that they do not look large
LEAST_LOG = 4  # times the smallest index, from which a log axis is needed
MOST_DODGED = 5  # more clusters' marks have no room beside each other
NO_TRAFFIC = "No application has traffic."


def top_applications(frame: Frame) -> Figure:
    """Draw the traffic of the leading applications.

    Parameters
    ----------
    frame : Frame
        ``display_name``, ``total_bytes``, ``traffic_share`` of all applications'
        traffic, and ``used_count``, the number of applications that have traffic; the
        largest first.
    """
    names = [format_name(name) for name in frame["display_name"]]
    if not names:
        return empty_figure("Top applications", "There is no application.")
    if not any(frame["total_bytes"]):
        return empty_figure("Top applications", NO_TRAFFIC)
    figure = titled_figure(_what_leads(rows_of(frame)), height=1.5 + 0.6 * len(names))
    totals = {"traffic": frame["total_bytes"]}
    bars(figure.subplots(), names, totals, _sizes(frame), TRAFFIC)
    return figure


def _what_leads(rows: list[Row]) -> str:
    """Say what share the first applications carry, or who leads if these are all."""
    used = [row for row in rows if row["total_bytes"]]
    names = [format_name(row["display_name"]) for row in used]
    count = used[0]["used_count"]
    if count == 1:
        return f"{names[0]} carries all application traffic"
    # the largest share is no larger than the mean
    if math.isclose(used[0]["traffic_share"] * count, 1):
        every = capitalise(all_of(count, "application"))
        return f"{every} carry the same traffic"
    if len(used) == count:
        top = used[0]["total_bytes"]
        leaders = [
            name
            for name, row in zip(names, used, strict=True)
            if row["total_bytes"] == top
        ]
        who = join_few(leaders, "application")
        share = format_share(used[0]["traffic_share"])
        if len(leaders) == 1:
            return f"{who} carries the most application traffic, {share}"
        return f"{who} carry the most application traffic, {share} each"
    share = format_share(sum(row["traffic_share"] for row in used))
    verb = "carries" if len(used) == 1 else "carry"
    who = join_few(names, "application", "The top")
    return f"{who} {verb} {share} of all application traffic"


def application_traffic(frame: Frame) -> Figure:
    """Draw each application's downlink and uplink, stacked.

    Parameters
    ----------
    frame : Frame
        ``display_name``, ``dl_bytes``, ``ul_bytes``, ``total_bytes``,
        ``traffic_share`` of all applications' traffic; the largest first.
    """
    names = [format_name(name) for name in frame["display_name"]]
    if not names:
        return empty_figure("Traffic per application", "There is no application.")
    total = sum(frame["total_bytes"])
    if not total:
        return empty_figure("Traffic per application", NO_TRAFFIC)
    share = format_share(sum(frame["dl_bytes"]) / total)
    who = f"{names[0]} carries" if len(names) == 1 else "Applications carry"
    figure = titled_figure(
        f"{who} {format_bytes(total)}, {share} of it downlink",
        height=1.9 + 0.4 * len(names),
    )
    axes = figure.subplots()
    parts = {"Downlink (DL)": frame["dl_bytes"], "Uplink (UL)": frame["ul_bytes"]}
    bars(axes, names, parts, _sizes(frame), TRAFFIC)
    figure.legend(loc="outside lower right", frameon=False, ncols=2)
    return figure


def _sizes(frame: Frame) -> list[str]:
    """Write the traffic of each application, and its share."""
    sizes = zip(frame["total_bytes"], frame["traffic_share"], strict=True)
    return [format_traffic(size, share) for size, share in sizes]


def cluster_applications(frame: Frame) -> Figure:
    """Draw which applications each cluster uses more or less than all users do.

    Parameters
    ----------
    frame : Frame
        ``cluster_id``, ``cluster_name``, ``application``, ``display_name`` and
        ``traffic_index`` (100: the same share as among all users; None where
        it is undefined); applications in order of their traffic.
    """
    rows = rows_of(frame)
    if not rows:
        return empty_figure(
            "Applications of clusters", "No cluster has traffic with applications."
        )
    used = [row for row in rows if row["traffic_index"] is not None]
    if not used:
        return empty_figure("Applications of clusters", NO_TRAFFIC)
    apps = grouped(rows, "application")
    places = {application: place for place, application in enumerate(apps)}
    clusters = sorted(grouped(rows, "cluster_id").items())
    indices = [row["traffic_index"] for row in used]
    dodged = len(clusters) <= MOST_DODGED
    figure = titled_figure(
        _what_differs(used),
        width=11,
        height=2 + len(apps) * (0.25 + (0.16 * len(clusters) if dodged else 0.2)),
    )
    axes = figure.subplots()
    low, high = min(*indices, 100), max(*indices, 100)
    if high > LEAST_LOG * low:
        log_axis(axes, "x", [*indices, 100], INDEX, margin=0.1)
    else:
        # small differences shall not look large
        room = max(1.15 * (high - 100), 1.15 * (100 - low), LEAST_ROOM)
        axes.set_xlim(100 - room, 100 + room)
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10], integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: format_index(v)))
    axes.axvline(100, color=GREY, lw=1.5, zorder=1)
    for i, (_, own) in enumerate(clusters):
        known = [row for row in own if row["traffic_index"] is not None]
        down = (i - (len(clusters) - 1) / 2) * 0.8 / len(clusters) if dodged else 0
        at = [places[row["application"]] + down for row in known]
        values = [row["traffic_index"] for row in known]
        colour = COLOURS[i % len(COLOURS)]
        axes.plot(
            values, at, MARKERS[i % len(MARKERS)], color=colour, mec="black", ms=8,
            label=plain(format_name(own[0]["cluster_name"], 16)),
        )  # fmt: skip
        if not dodged:
            continue
        axes.hlines(at, 100, values, color=colour, lw=2, zorder=1.5)
        for value, y in zip(values, at, strict=True):
            side, away = ("left", 8) if value >= 100 else ("right", -8)
            axes.annotate(
                format_index(value), (value, y), (away, 0), ha=side, va="center",
                size=8, textcoords="offset points",
            )  # fmt: skip
    style(axes, "x")
    names = [format_name(own[0]["display_name"]) for own in apps.values()]
    for place, own in enumerate(apps.values()):
        if all(row["traffic_index"] is None for row in own):
            names[place] += " (not used)"
    axes.set_yticks(range(len(apps)), [plain(name) for name in names])
    axes.set_ylim(len(apps) - 0.4, -0.6)
    axes.set_xlabel(wrapped("Index of the share of traffic (100 = same as all users)"))
    figure.legend(
        loc="outside lower right", frameon=False,
        ncols=min(len(clusters), 3 if is_for_a_phone() else 5),
        title="Cluster, from least to most engaged",
    )  # fmt: skip
    return figure


def _what_differs(used: list[Row]) -> str:
    """Say which cluster differs most from all users, and in which application.

    A factor is as far from 100 upwards as downwards: 50 as far as 200. Of equally far
    ones, the first in order of traffic is named.
    """
    groups = grouped(used, "cluster_id").values()
    if len(groups) == 1:
        return "There is one cluster: every index is 100"
    users = [rows for rows in groups if any(row["traffic_index"] for row in rows)]
    if len(users) == 1:
        cluster = _cluster(users[0][0])
        return f"Only the cluster {cluster} has traffic with the applications"
    for rows in groups:
        if rows not in users:
            cluster = _cluster(rows[0])
            return f"The cluster {cluster} has no traffic with any application"
    if len(grouped(used, "application")) == 1:
        application = format_name(used[0]["display_name"])
        return f"{application} carries all application traffic: every index is 100"
    row = max(used, key=lambda row: _distance(row["traffic_index"]))
    index = row["traffic_index"]
    if _distance(index) <= math.log(ALIKE):
        values = [row["traffic_index"] for row in used]
        return (
            "All clusters use about the same applications: every index is between "
            f"{format_index(min(values))} and {format_index(max(values))}"
        )
    application = format_name(row["display_name"])
    if not index:
        return f"The cluster {_cluster(row)} has no traffic with {application}"
    how = "more" if index > 100 else "less"
    return (
        f"The cluster {_cluster(row)} uses relatively {how} {application}: index "
        f"{format_index(index)} (100 = same as all users)"
    )


def _distance(index: float) -> float:
    """Measure how far an index is from 100, as the logarithm of a factor."""
    # in whole billionths, or equal distances up and down would differ by rounding
    return round(abs(math.log(index / 100)), 9) if index else math.inf


def _cluster(row: Row) -> str:
    return format_name(row["cluster_name"], 16)
