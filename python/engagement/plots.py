"""Draw the marts: pure functions, a frame in, a figure out.

A frame is a mapping of column names to columns of equal length, numbers as they
stand in the marts: a dict of lists, as `engagement.report` reads it, or a pandas
DataFrame. Each figure's title says what there is to see in these numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from engagement.charts import (
    COLOURS,
    GREY,
    HATCHES,
    MARKED,
    MARKERS,
    UP,
    bars,
    empty_figure,
    log_axis,
    panel_title,
    plain,
    ranges,
    shares,
    style,
    titled_figure,
)
from engagement.formats import (
    METRICS,
    Metric,
    format_bytes,
    format_count,
    format_name,
    format_share,
    join_names,
)

Frame = Mapping[str, Sequence[Any]]

LARGEST_AREA = 800.0  # of a marker, points squared
LEAST_SIZED = 1 / 40  # of the largest marker's users; below it all markers are alike
MOST_USERS, MOST_USERS_EACH = 30, 10  # bars of a panel, however large top_n is
PANELS_ABREAST = 4


def top_applications(frame: Frame) -> Figure:
    """Draw the traffic of the leading applications.

    Parameters
    ----------
    frame : Frame
        ``display_name``, ``total_bytes``, ``traffic_share``; largest first.
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
    bars(figure.subplots(), names, totals, _sizes(frame), METRICS["total_bytes"])
    return figure


def application_traffic(frame: Frame) -> Figure:
    """Draw each application's downlink and uplink, stacked.

    Parameters
    ----------
    frame : Frame
        ``display_name``, ``dl_bytes``, ``ul_bytes``, ``total_bytes``,
        ``traffic_share``; largest first.
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
    bars(axes, names, parts, _sizes(frame), METRICS["total_bytes"])
    figure.legend(loc="outside lower right", frameon=False, ncols=2)
    return figure


def _sizes(frame: Frame) -> list[str]:
    """Write traffic and its share, per application."""
    sizes = zip(frame["total_bytes"], frame["traffic_share"], strict=True)
    return [f"{format_bytes(size)} ({format_share(part)})" for size, part in sizes]


def elbow_curve(frame: Frame) -> Figure:
    """Draw the inertia per number of clusters and mark the elbow, if any.

    Parameters
    ----------
    frame : Frame
        ``k``, ``inertia``, ``is_elbow``; by k.
    """
    ks, inertias = list(frame["k"]), list(frame["inertia"])
    if not ks:
        return empty_figure("Elbow curve", "No clusters were fitted.")
    elbow = next((i for i, is_one in enumerate(frame["is_elbow"]) if is_one), None)
    figure = titled_figure(
        "No elbow: no number of clusters stands out"
        if elbow is None
        else f"The elbow is at k = {ks[elbow]}: more clusters gain little"
    )
    axes = figure.subplots()
    axes.plot(ks, inertias, "o-", color=COLOURS[1], lw=2)
    if elbow is None:
        axes.set_title("No elbow was found", loc="right", size=11, color=MARKED)
    else:
        at = ks[elbow], inertias[elbow]
        axes.plot(*at, "o", ms=16, mfc="none", mec=MARKED, mew=2.5, label="elbow")
        axes.axvline(at[0], color=MARKED, ls="--", lw=1, zorder=0)
        axes.annotate(
            f"Elbow: k = {at[0]}, inertia {format_count(at[1])}",
            at, (14, 14) if elbow < len(ks) / 2 else (-14, 60), color=MARKED,
            textcoords="offset points", weight="bold",
            ha="left" if elbow < len(ks) / 2 else "right",
        )  # fmt: skip
    style(axes, "y")
    axes.set_xlabel("Clusters k (count)")
    axes.set_ylabel("Inertia (squared distance, scaled metrics)")
    axes.set_ylim(0, max(inertias) * 1.08 or 1)
    axes.set_xlim(min(ks) - 0.5, max(ks) + 0.5)
    axes.xaxis.set_major_locator(FixedLocator(ks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: format_count(v)))
    return figure


def clusters(frame: Frame) -> Figure:
    """Draw users' sessions against their traffic, a marker per bin of users.

    Parameters
    ----------
    frame : Frame
        Per bin and cluster ``cluster_id``, ``cluster_name``, ``user_count`` and the
        mean ``session_count`` and ``total_bytes``: few rows, however many users.
    """
    rows = _rows(frame)
    if not rows:
        return empty_figure("Clusters of users", "No user is in a cluster.")
    # small markers last, so that they lie above the large ones
    rows.sort(key=lambda row: (row["cluster_id"], -row["user_count"]))
    groups = _grouped(rows, "cluster_id")
    users = {i: sum(row["user_count"] for row in group) for i, group in groups.items()}
    total, largest = sum(users.values()), max(row["user_count"] for row in rows)
    top = max(groups)
    sessions, traffic = (
        sum(row[metric] * row["user_count"] for row in groups[top]) / users[top]
        for metric in ("session_count", "total_bytes")
    )
    name = format_name(groups[top][0]["cluster_name"], 16)
    who = f"The most engaged cluster, {name}" if len(groups) > 1 else "One cluster"
    figure = titled_figure(
        f"{who}: {format_count(users[top])} of {format_count(total)} users, "
        f"on average {format_count(sessions)} sessions, {format_bytes(traffic)}",
        width=10,
        height=5.6,
    )
    axes = figure.subplots()
    for i, (cluster, group) in enumerate(groups.items()):
        name = format_name(group[0]["cluster_name"], 16)
        share = format_share(users[cluster] / total)
        axes.scatter(
            [row["session_count"] for row in group],
            [row["total_bytes"] for row in group],
            [_area(row["user_count"], largest) for row in group],
            COLOURS[i % len(COLOURS)],
            marker=MARKERS[i % len(MARKERS)],
            alpha=0.75,
            edgecolors="white",
            linewidths=0.5,
            label=plain(f"{name}: {format_count(users[cluster])} ({share})"),
        )
    style(axes, "both")
    for which, metric in (("x", "session_count"), ("y", "total_bytes")):
        log_axis(axes, which, frame[metric], METRICS[metric])
    axes.set_xlabel(f"{METRICS['session_count'].axis}, of a user")
    axes.set_ylabel(f"{METRICS['total_bytes'].axis}, of a user")
    beside = {"frameon": False, "alignment": "left", "borderaxespad": 0.5}
    key = axes.legend(loc=2, bbox_to_anchor=(1, 1), title="Cluster: users", **beside)
    for handle in key.legend_handles:
        handle.set_sizes([60])
    axes.add_artist(key)
    key.set_clip_on(False)  # or the layout would leave no room for it
    least = max(1, int(largest * LEAST_SIZED))
    sizes = sorted({least, max(1, largest // 6), largest})
    labels = [format_count(size) for size in sizes]
    labels[0] = f"up to {labels[0]}" if least > 1 else labels[0]
    dots = [axes.scatter([], [], _area(size, largest), GREY) for size in sizes]
    anchor = {"loc": 3, "bbox_to_anchor": (1, 0), "labelspacing": 1.3}
    axes.legend(dots, labels, title="Users of a marker", **anchor, **beside)
    return figure


def _area(users: int, largest: int) -> float:
    return LARGEST_AREA * max(users / max(largest, 1 / LEAST_SIZED), LEAST_SIZED)


def cluster_summary(frame: Frame) -> Figure:
    """Draw what each cluster is: its share of users and totals, and its ranges.

    Parameters
    ----------
    frame : Frame
        The mart: one row per cluster and metric, by cluster_id.
    """
    groups = _grouped(_rows(frame), "cluster_id")
    if not groups:
        return empty_figure("Summary of the clusters", "No user is in a cluster.")
    tables = [{row["metric"]: row for row in groups[i]} for i in sorted(groups)]
    first = [table["session_count"] for table in tables]
    names = [format_name(row["cluster_name"], 16) for row in first]
    totals = {"users": [row["user_count"] for row in first]}
    for key, metric in METRICS.items():
        totals[metric.name] = [table[key]["total_value"] for table in tables]
    top = {what: parts[-1] / (sum(parts) or 1) for what, parts in totals.items()}
    figure = titled_figure(
        f"The most engaged cluster, {names[-1]}, is {format_share(top['users'])} of "
        f"users and {format_share(top['traffic'])} of traffic"
        if len(names) > 1
        else "One cluster holds all users",
        width=12,
        height=4.4 + 0.6 * len(names),
    )
    panels = figure.subplots(2, 2)
    shares(panels[0, 0], names, totals)
    panel_title(panels[0, 0], "Who makes up the total")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(len(names), 5),
        frameon=False, title="Cluster, from least to most engaged",
    )  # fmt: skip
    for axes, (key, metric) in zip(panels.flat[1:], METRICS.items(), strict=True):
        ranges(axes, names, [table[key] for table in tables], metric)
        panel_title(axes, f"{metric.name.capitalize()} of a user")
    return figure


def top_users(frame: Frame) -> Figure:
    """Draw the leading users of each metric, a panel per metric.

    Parameters
    ----------
    frame : Frame
        ``metric``, ``user_rank``, ``user_id``, ``value``; by metric and rank.
    """
    groups = _grouped(_rows(frame), "metric")
    if not groups:
        return empty_figure("Top users", "There is no user.")
    panels = {metric: groups.get(metric, [])[:MOST_USERS] for metric in METRICS}
    longest = max(len(rows) for rows in panels.values())
    lists = [{row["user_id"] for row in rows} for rows in panels.values()]
    common = set.intersection(*lists)
    who = "1 user is" if len(common) == 1 else f"{len(common) or 'No'} users are"
    figure = titled_figure(
        f"{who} among the top {longest} by sessions, by duration and by traffic"
        + " (hatched)" * bool(common),
        width=13,
        height=1.6 + 0.3 * longest,
    )
    for axes, (metric, rows) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        drawn = _user_bars(axes, rows, "value", METRICS[metric])
        for bar, row in zip(drawn, rows, strict=True):
            if row["user_id"] in common:
                bar.set(facecolor=UP, hatch=HATCHES[1])
        panel_title(axes, f"By {METRICS[metric].name}")
    return figure


def top_users_per_application(frame: Frame) -> Figure:
    """Draw the leading users of each application, a panel per application.

    Parameters
    ----------
    frame : Frame
        ``application``, ``display_name``, ``user_rank``, ``user_id``,
        ``total_bytes``; by application in order of their traffic, and rank.
    """
    groups = _grouped(_rows(frame), "application")
    if not groups:
        return empty_figure("Top users per application", "No application has traffic.")
    panels = [rows[:MOST_USERS_EACH] for rows in groups.values()]
    longest = max(len(rows) for rows in panels)
    across = min(len(panels), PANELS_ABREAST)
    down = math.ceil(len(panels) / across)
    leaders = len({rows[0]["user_id"] for rows in panels})
    figure = titled_figure(
        f"{leaders} different users lead the {len(panels)} applications by traffic"
        if len(panels) > 1
        else f"Top {longest} users by traffic",
        width=max(4.2 * across, 9),
        height=1 + down * (0.5 + 0.25 * longest),
    )
    grid = list(figure.subplots(down, across, squeeze=False).flat)
    for axes, rows in zip(grid, panels, strict=False):
        _user_bars(axes, rows, "total_bytes", METRICS["total_bytes"])
        # every bar has its number, and an axis in each panel is slow to draw
        axes.xaxis.set_visible(False)
        panel_title(axes, format_name(rows[0]["display_name"]))
    figure.supxlabel(METRICS["total_bytes"].axis, size=10)
    for axes in grid[len(panels) :]:
        axes.remove()
    return figure


def _user_bars(
    axes: Axes, rows: list[dict[str, Any]], column: str, metric: Metric
) -> BarContainer:
    values = [row[column] for row in rows]
    names = [format_name(row["user_id"], 20) for row in rows]
    labels = [metric.write(value) for value in values]
    return bars(axes, names, {metric.name: values}, labels, metric)[0]


def _rows(frame: Frame) -> list[dict[str, Any]]:
    columns = [frame[name] for name in frame]
    return [dict(zip(frame, row, strict=True)) for row in zip(*columns, strict=True)]


def _grouped(rows: list[dict], column: str) -> dict[Any, list[dict[str, Any]]]:
    groups: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
