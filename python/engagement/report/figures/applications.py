"""Figures of what users use."""

from __future__ import annotations

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
)
from engagement.report.formats import (
    TRAFFIC,
    Unit,
    format_bytes,
    format_index,
    format_name,
    format_share,
    format_traffic,
    join_names,
)
from engagement.report.frames import Frame, Row, grouped, rows_of

INDEX = Unit("index", 1, format_index)
ALIKE = 10  # points of the index within which clusters do the same
LEAST_LOG = 4  # times the smallest index, from which a log axis is needed
MOST_DODGED = 5  # more clusters' marks have no room beside each other


def top_applications(frame: Frame) -> Figure:
    """Draw the traffic of the leading applications.

    Parameters
    ----------
    frame : Frame
        ``display_name``, ``total_bytes``, ``traffic_share``; the largest first.
    """
    names = [format_name(name) for name in frame["display_name"]]
    if not names:
        return empty_figure("Top applications", "There is no application.")
    who = join_names(names) if len(names) <= 3 else f"The top {len(names)} applications"
    verb = "carries" if len(names) == 1 else "carry"
    share = format_share(sum(frame["traffic_share"]))
    figure = titled_figure(
        f"{who} {verb} {share} of the traffic"
        if sum(frame["total_bytes"])
        else "No application has traffic",
        height=1.5 + 0.6 * len(names),
    )
    totals = {"traffic": frame["total_bytes"]}
    bars(figure.subplots(), names, totals, _sizes(frame), TRAFFIC)
    return figure


def application_traffic(frame: Frame) -> Figure:
    """Draw each application's downlink and uplink, stacked.

    Parameters
    ----------
    frame : Frame
        ``display_name``, ``dl_bytes``, ``ul_bytes``, ``total_bytes``,
        ``traffic_share``; the largest first.
    """
    names = [format_name(name) for name in frame["display_name"]]
    if not names:
        return empty_figure("Traffic per application", "There is no application.")
    total = sum(frame["total_bytes"])
    share = format_share(sum(frame["dl_bytes"]) / (total or 1))
    figure = titled_figure(
        f"Applications carry {format_bytes(total)}, {share} of it downlink"
        if total
        else "No application has traffic",
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
        return empty_figure("Applications of clusters", "No user is in a cluster.")
    used = [row for row in rows if row["traffic_index"] is not None]
    apps = grouped(rows, "application")
    places = {application: place for place, application in enumerate(apps)}
    clusters = sorted(grouped(rows, "cluster_id").items())
    indices = [row["traffic_index"] for row in used] or [100]
    dodged = len(clusters) <= MOST_DODGED
    figure = titled_figure(
        _what_differs(used, top=clusters[-1][0]),
        width=11,
        height=2 + len(apps) * (0.25 + (0.16 * len(clusters) if dodged else 0.2)),
    )
    axes = figure.subplots()
    low, high = min(*indices, 100), max(*indices, 100)
    if high > LEAST_LOG * low:
        log_axis(axes, "x", [*indices, 100], INDEX, margin=0.1)
    else:
        # small differences shall not look large
        room = max(1.15 * (high - 100), 1.15 * (100 - low), ALIKE)
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
    axes.set_xlabel("Index of the share of traffic (100 = same as all users)")
    figure.legend(
        loc="outside lower right", ncols=min(len(clusters), 5), frameon=False,
        title="Cluster, from least to most engaged",
    )  # fmt: skip
    return figure


def _what_differs(used: list[Row], top: int) -> str:
    """Say what the most engaged cluster uses more or less than all users do."""
    if not used:
        return "No application has traffic"
    if len({row["cluster_id"] for row in used}) == 1:
        return "One cluster generates all the traffic: every index is 100"
    furthest = max(abs(row["traffic_index"] - 100) for row in used)
    values = [row["traffic_index"] for row in used]
    if furthest <= ALIKE:
        return (
            "All clusters use the applications alike: every index is between "
            f"{format_index(min(values))} and {format_index(max(values))}"
        )
    own = [row for row in used if row["cluster_id"] == top]
    row = max(own or used, key=lambda row: abs(row["traffic_index"] - 100))
    application = format_name(row["display_name"])
    cluster = format_name(row["cluster_name"], 16)
    index = format_index(row["traffic_index"])
    return (
        f"{application} sets the cluster {cluster} apart: index {index} "
        "(100 = same as all)"
    )
