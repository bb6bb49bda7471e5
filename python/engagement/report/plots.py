"""Draw the marts: pure functions, a frame in, a figure out.

A frame is a mapping of column names to columns of equal length, numbers as they
stand in the marts: a dict of lists, as `engagement.report` reads it, or a pandas
DataFrame. Each figure's title says what there is to see in these numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Any

from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from engagement.report.charts import (
    COLOURS,
    DOWN,
    GREY,
    HATCHES,
    MARKED,
    MARKERS,
    UP,
    bars,
    empty_figure,
    heat_map,
    linear_axis,
    log_axis,
    panel_title,
    plain,
    ranges,
    shares,
    steps,
    style,
    time_axis,
    titled_figure,
)
from engagement.report.formats import (
    METRICS,
    USERS,
    Metric,
    format_bytes,
    format_count,
    format_date,
    format_index,
    format_name,
    format_share,
    join_names,
)

Frame = Mapping[str, Sequence[Any]]

LARGEST_AREA = 800.0  # of a marker, points squared
LEAST_SIZED = 1 / 40  # of the largest marker's users; below it all markers are alike
MOST_USERS, MOST_USERS_EACH = 30, 10  # bars of a panel, however large top_n is
PANELS_ABREAST = 4
PERCENT = FuncFormatter(lambda value, _: format_share(value))
TOP_PERCENTS = (1, 5, 10, 20, 50)
FEW_DAYS = 4  # fewer do not fill the width
MOST_LETTERS = 60  # of the names of clusters, to stand side by side
MOST_COHORTS = 20  # weeks, the newest
MOST_LOCATIONS = 15
FIFTHS = (1, 2, 3, 4, 5)
MISSING = "(missing)"  # what location_traffic calls records without a location
LITTLE = 0.005  # share of the traffic in hours that are not worth a long axis
ALIKE = 10  # points of the index, within which clusters do the same
LEAST_LOG = 4  # times the least index from which a log axis is needed
MOST_DODGED = 5  # clusters whose marks have room beside each other
# What each criterion scores, the unit, and which value it prefers.
CRITERIA = {
    "elbow": ("inertia", "Squared distance, scaled", "the bend"),
    "silhouette": ("silhouette", "Nearness, -1 to 1", "the largest"),
    "calinski_harabasz": ("calinski_harabasz", "Ratio of variances", "the largest"),
    "davies_bouldin": ("davies_bouldin", "Ratio of distances", "the smallest"),
    "gap": ("gap", "Logarithm of a ratio", "the first not below the next"),
}


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
    who = "One user leads" if leaders == 1 else f"{leaders} different users lead"
    figure = titled_figure(
        f"{who} the {len(panels)} applications by traffic"
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


def engagement_concentration(frame: Frame) -> Figure:
    """Draw how unequally users share out each metric.

    Parameters
    ----------
    frame : Frame
        The mart lorenz_curve with ``total_value``, ``gini_coefficient`` and
        ``top_1_percent_share`` to ``top_50_percent_share`` of its metric; by
        metric and user_share.
    """
    groups = _grouped(_rows(frame), "metric")
    # of nothing there are no shares
    curves = {
        metric: groups[key]
        for key, metric in METRICS.items()
        if key in groups and groups[key][0]["total_value"]
    }
    if not curves:
        return empty_figure("Concentration of engagement", "There is no user.")
    traffic = METRICS["total_bytes"]
    main = traffic if traffic in curves else next(iter(curves))
    tops = [f"top_{percent}_percent_share" for percent in TOP_PERCENTS]
    share = format_share(curves[main][0]["top_10_percent_share"])
    figure = titled_figure(
        f"The top 10% of users make {share} of the {main.name}", width=12, height=5.4
    )
    lorenz, top = figure.subplots(1, 2)
    lorenz.plot([0, 1], [0, 1], ls=":", color=GREY, label="all users alike")
    thick = 0.8 / len(curves)
    for i, (metric, rows) in enumerate(curves.items()):
        colour = COLOURS[1:][i]
        lorenz.plot(
            [row["user_share"] for row in rows],
            [row["value_share"] for row in rows],
            f"{MARKERS[i]}-", color=colour, mec="white", ms=8, markevery=(10 * i, 20),
            label=f"{metric.name}: Gini {rows[0]['gini_coefficient']:.2f}",
        )  # fmt: skip
        drawn = top.barh(
            [place + (i + 0.5) * thick - 0.4 for place in range(len(tops))],
            [rows[0][column] for column in tops],
            thick, color=colour, ec="white", hatch=HATCHES[i], label=metric.name,
        )  # fmt: skip
        labels = [format_share(rows[0][column]) for column in tops]
        top.bar_label(drawn, labels, size=9, padding=3)
    panel_title(lorenz, "Lorenz curves: the further below the line, the less equal")
    panel_title(top, "What the most engaged users make")
    style(lorenz, "both")
    style(top, "x")
    for axis in (lorenz.xaxis, lorenz.yaxis, top.xaxis):
        axis.set_major_formatter(PERCENT)
    lorenz.legend(loc="upper left", frameon=False)
    top.legend(loc="upper right", frameon=False)
    lorenz.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    lorenz.set_xlabel("Users, from the least engaged (% of users)")
    lorenz.set_ylabel("What they make together (% of the total)")
    top.set(xlim=(0, 1), ylim=(len(tops) - 0.5, -0.5))
    top.set_yticks(range(len(tops)), [f"top {percent}%" for percent in TOP_PERCENTS])
    top.set_xlabel("Share of the total (%)")
    top.set_ylabel("Users, by the metric (% of users)")
    return figure


def engagement_depth(frame: Frame) -> Figure:
    """Draw how many users are how recent and how frequent, in fifths.

    Parameters
    ----------
    frame : Frame
        Per ``recency_quintile`` and ``frequency_quintile`` the ``user_count``,
        mean ``total_bytes`` and, of the users, ``least_days`` to ``most_days``
        since the last session and ``least_sessions`` to ``most_sessions``.
    """
    rows = _rows(frame)
    if not rows:
        return empty_figure("Depth of engagement", "There is no user.")
    cells = {
        (5 - row["frequency_quintile"], row["recency_quintile"] - 1): row
        for row in rows
    }
    users = {cell: row["user_count"] for cell, row in cells.items()}
    total = sum(users.values())
    labels = {
        cell: f"{format_count(row['user_count'])} "
        f"({format_share(row['user_count'] / total)})\n"
        f"{format_bytes(row['total_bytes'])} each"
        for cell, row in cells.items()
    }
    best = users.get((0, 4), 0)
    figure = titled_figure(
        f"{format_count(best)} of {format_count(total)} users "
        f"({format_share(best / total)}) are in the top fifth by recency and by "
        "frequency",
        width=11,
        height=5.6,
    )
    axes = figure.subplots()
    recency = [_span(rows, "recency", fifth, "days", "day") for fifth in FIFTHS]
    frequency = [
        _span(rows, "frequency", fifth, "sessions", "session")
        for fifth in reversed(FIFTHS)
    ]
    heat_map(axes, users, labels, frequency, recency)
    axes.set_xlabel("Recency (days since the last session), 5 = most recent fifth")
    axes.set_ylabel("Frequency (sessions), 5 = most frequent fifth")
    panel_title(axes, "Users, and their mean traffic; equal values share a fifth")
    return figure


def _span(
    rows: list[dict[str, Any]], name: str, fifth: int, column: str, unit: str
) -> str:
    """Say which values a fifth of the users has."""
    own = [row for row in rows if row[f"{name}_quintile"] == fifth]
    if not own:
        return f"{fifth}\nnobody"
    low = min(row[f"least_{column}"] for row in own)
    high = max(row[f"most_{column}"] for row in own)
    values = format_count(low) + f" to {format_count(high)}" * (low < high)
    return f"{fifth}\n{values} {unit}{'s' * (high != 1)}"


def daily_engagement(frame: Frame) -> Figure:
    """Draw the users and the traffic of each day, and stickiness where there is any.

    Parameters
    ----------
    frame : Frame
        ``session_date``, ``active_users``, ``new_users``, ``returning_users``,
        ``total_bytes``, ``stickiness`` (or None); one row per day, all days, by day.
    """
    days, active = list(frame["session_date"]), list(frame["active_users"])
    if not days:
        return empty_figure("Engagement per day", "There is no day with a session.")
    sticky = [math.nan if s is None else s for s in frame["stickiness"]]
    known = [value for value in sticky if not math.isnan(value)]
    most = max(active)
    busiest = format_date(days[active.index(most)])
    mean = format_count(round(sum(active) / len(active)))
    figure = titled_figure(
        f"On average {mean} users are active a day; most on {busiest}: "
        f"{format_count(most)}"
        if len(days) > 1
        else f"{format_count(most)} users are active on {busiest}",
        width=11,
        height=6.8 if known else 5.2,
    )
    panels = figure.subplots(2 + bool(known), 1, sharex=True)
    at = date2num(days)
    edges = [*(at - 0.5), at[-1] + 0.5]
    parts = [
        ("returning users", frame["returning_users"]),
        ("new users", frame["new_users"]),
    ]
    steps(panels[0], edges, parts, [(DOWN, ""), (UP, HATCHES[1])], USERS)
    traffic = METRICS["total_bytes"]
    steps(
        panels[1],
        edges,
        [("traffic", frame["total_bytes"])],
        [(COLOURS[3], "")],
        traffic,
    )
    panel_title(panels[0], "Active users per day")
    panels[0].legend(
        loc="lower right", bbox_to_anchor=(1, 0.98), ncols=2, frameon=False
    )
    total = format_bytes(sum(frame["total_bytes"]))
    panel_title(panels[1], f"Traffic per day ({total} in all)")
    for axes, metric in zip(panels, (USERS, traffic), strict=False):
        axes.set_ylabel(metric.axis)
    if known:
        share = format_share(sum(known) / len(known))
        panel_title(
            panels[2], f"Stickiness: on average {share} of a month's users come a day"
        )
        panels[2].plot(at, sticky, ".-" if len(days) <= 100 else "-", color=MARKED)
        style(panels[2], "y")
        panels[2].set_ylim(0, min(1, max(known) * 1.3) or 1)
        panels[2].yaxis.set_major_locator(MaxNLocator(4))
        panels[2].yaxis.set_major_formatter(PERCENT)
        panels[2].set_ylabel("DAU/MAU (%)")
    figure.align_ylabels()
    room = max(0, FEW_DAYS - len(days)) / 2
    panels[0].set_xlim(edges[0] - room, edges[-1] + room)
    time_axis(panels[-1], at)
    panels[-1].set_xlabel(f"Day ({_period(days[0], days[-1])})")
    return figure


def _period(first: date, last: date) -> str:
    first, last = format_date(first), format_date(last)
    return first if first == last else f"{first} to {last}"


def weekly_retention(frame: Frame) -> Figure:
    """Draw which share of the users of a week come again in later weeks.

    Parameters
    ----------
    frame : Frame
        ``cohort_week``, ``weeks_later``, ``user_count``, ``active_users``,
        ``retention_share``, and ``last_date``, the newest day; by cohort and week.
    """
    groups = _grouped(_rows(frame), "cohort_week")
    title = "Retention per week"
    if not groups:
        return empty_figure(title, "There is no user.")
    end = frame["last_date"][0]
    # the Monday of the last week, and whether it is over
    last, over = end - timedelta(end.weekday()), end.weekday() == 6
    newest = {
        cohort: found
        for cohort, found in groups.items()
        if (last - cohort).days // 7 < MOST_COHORTS
    }
    if not newest:
        return empty_figure(title, f"No user is new in the last {MOST_COHORTS} weeks.")
    weeks = (last - min(newest)).days // 7
    if not weeks:
        return empty_figure(title, "There is no second week to come again in.")
    values, labels, again = {}, {}, []
    for row, (cohort, found) in enumerate(newest.items()):
        by_week = {cell["weeks_later"]: cell for cell in found}
        for week in range((last - cohort).days // 7 + 1):
            cell = by_week.get(week, {"retention_share": 0.0, "active_users": 0})
            ends_early = not over and cohort + timedelta(7 * week) == last
            if week:  # in the first week it is everybody
                values[row, week] = cell["retention_share"]
            if week == 1:
                again.append((ends_early, found[0]["user_count"], cell["active_users"]))
            labels[row, week] = format_share(cell["retention_share"])
            labels[row, week] += "*" * ends_early
    # weeks that are over tell more; without any, those so far
    counted = [counts for early, *counts in again if not early]
    counted = counted or [counts for _, *counts in again]
    share = sum(back for _, back in counted) / sum(users for users, _ in counted)
    so_far = "So far " * all(early for early, *_ in again)
    names = [
        f"{format_date(cohort)}: {format_count(found[0]['user_count'])}"
        for cohort, found in newest.items()
    ]
    figure = titled_figure(
        f"{so_far}{format_share(share)} of new users come again the week after",
        width=min(13, 5 + 0.6 * weeks),
        height=2.2 + 0.32 * len(names),
    )
    axes = figure.subplots()
    columns = [str(week) for week in range(weeks + 1)]
    size = 9 if weeks < 12 else 7.5
    heat_map(axes, values, labels, names, columns, size, least_top=0.5)
    axes.set_xlabel("Weeks after the first (count)" + "; * not over yet" * (not over))
    axes.set_ylabel("Week of the first session: users")
    panel_title(
        axes,
        "Users active again (% of the users of the first week)"
        if len(newest) == len(groups)
        else f"Users active again (%), new in the last {MOST_COHORTS} weeks",
    )
    return figure


def hourly_traffic(frame: Frame) -> Figure:
    """Draw the traffic of each hour, the clusters stacked, and the busy hour.

    Parameters
    ----------
    frame : Frame
        Per ``step_at`` (a datetime; of ``step_hours`` hours) and ``cluster_id``
        the ``cluster_name``, mean ``total_bytes`` of an hour and the busy hour
        of the cluster (``cluster_busy_at``, ``cluster_busy_bytes``) and of all
        (``busy_at``, ``busy_bytes``); by step and cluster, without gaps.
    """
    groups = _grouped(_rows(frame), "cluster_id")
    if not groups:
        return empty_figure("Traffic per hour", "There is no hour with a session.")
    totals = [
        sum(row["total_bytes"] for row in rows)
        for rows in zip(*groups.values(), strict=True)
    ]
    first = next(iter(groups.values()))
    hours, busy_at, busy = (
        first[0][name] for name in ("step_hours", "busy_at", "busy_bytes")
    )
    left_out = _little_at_first(totals)
    if busy_at < first[left_out]["step_at"]:
        left_out = 0
    first = first[left_out:]
    figure = titled_figure(
        f"The busy hour, {_hour(busy_at)}, carries {format_bytes(busy)}"
        if busy
        else "No hour has traffic",
        width=12,
        height=5 + 0.1 * len(groups),
    )
    axes = figure.subplots()
    end = first[-1]["step_at"] + timedelta(hours=hours)
    edges = date2num([*(row["step_at"] for row in first), end])
    parts, looks = [], []
    for i, rows in enumerate(groups.values()):
        name = format_name(rows[0]["cluster_name"], 16)
        at, size = rows[0]["cluster_busy_at"], rows[0]["cluster_busy_bytes"]
        label = f"{name}: {_hour(at)}, {format_bytes(size)}"
        parts.append((label, [row["total_bytes"] for row in rows[left_out:]]))
        looks.append((COLOURS[i % len(COLOURS)], HATCHES[i % len(HATCHES)]))
    steps(axes, edges, parts, looks, METRICS["total_bytes"])
    linear_axis(axes, "y", busy * 1.12, METRICS["total_bytes"])
    middle = date2num(busy_at) + 0.5 / 24
    if busy:
        axes.vlines(middle, 0, busy, color="black", lw=1, ls=":")
        axes.plot(
            [middle], [busy], "v", color="black", ms=9, mec="white", clip_on=False,
            label=f"all: {_hour(busy_at)}, {format_bytes(busy)}",
        )  # fmt: skip
    time_axis(axes)
    shown = _period(first[0]["step_at"], end - timedelta(hours=1))
    axes.set_xlabel(
        f"Hour ({shown})"
        if not left_out
        else f"Hour ({shown}; {format_share(sum(totals[:left_out]) / sum(totals))} of "
        f"the traffic, from {format_date(frame['step_at'][0])} on, comes before)"
    )
    means = {1: "", 24: ", mean of a day", 168: ", mean of a week"}
    axes.set_ylabel(f"Traffic (bytes per hour{means[hours]})")
    # in the order of the stack, from its top
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles[::-1], labels[::-1], loc="outside lower left", frameon=False,
        ncols=2, title="Cluster: busy hour", alignment="left",
    )  # fmt: skip
    return figure


def _little_at_first(totals: list[float]) -> int:
    """Count the first steps that carry next to nothing, if they are many.

    Long sessions begin days before the first of them ends.
    """
    little = LITTLE * sum(totals)
    count = sum(so_far <= little for so_far in accumulate(totals)) if little else 0
    return count if count > len(totals) / 10 else 0


def _hour(at: datetime) -> str:
    return f"{format_date(at)} {at:%H}:00"


def location_traffic(frame: Frame) -> Figure:
    """Draw the traffic of the leading locations and, beside, who is there.

    Parameters
    ----------
    frame : Frame
        ``location``, ``user_count``, ``highly_engaged_user_count``,
        ``total_bytes``, ``traffic_share``, ``location_count``; the largest
        first. Records without a location are said, not drawn.
    """
    rows = _rows(frame)
    missing = [row for row in rows if row["location"] == MISSING]
    rows = [row for row in rows if row["location"] != MISSING][:MOST_LOCATIONS]
    if not rows:
        return empty_figure("Traffic per location", "There is no location.")
    count = rows[0]["location_count"]
    share = format_share(min(1, sum(row["traffic_share"] for row in rows)))
    who = f"The top {len(rows)} of {format_count(count)} locations carry"
    if len(rows) == count:
        who = f"All {count} locations carry" if count > 1 else "One location carries"
    figure = titled_figure(
        f"{who} {share} of the traffic", width=12, height=2.3 + 0.3 * len(rows)
    )
    left, right = figure.subplots(1, 2)
    names = [format_name(row["location"]) for row in rows]
    sizes = [row["total_bytes"] for row in rows]
    shown = {name: [row[name] for row in rows] for name in rows[0]}
    bars(left, names, {"traffic": sizes}, _sizes(shown), METRICS["total_bytes"])
    engaged = shown["highly_engaged_user_count"]
    parts = {
        "highly engaged users": engaged,
        "other users": [
            users - own for users, own in zip(shown["user_count"], engaged, strict=True)
        ],
    }
    labels = [
        f"{format_count(own)} of {format_count(users)}"
        for users, own in zip(shown["user_count"], engaged, strict=True)
    ]
    bars(right, [""] * len(rows), parts, labels, USERS)
    figure.legend(
        *right.get_legend_handles_labels(),
        loc="outside lower right", ncols=2, frameon=False,
    )  # fmt: skip
    panel_title(left, "Traffic, and share of all")
    panel_title(right, "Users")
    for row in missing:
        figure.supxlabel(
            f"Without a location: {format_bytes(row['total_bytes'])} "
            f"({format_share(row['traffic_share'])}), "
            f"{format_count(row['highly_engaged_user_count'])} highly engaged of "
            f"{format_count(row['user_count'])} users",
            x=0.012, ha="left", size=10, color=GREY,
        )  # fmt: skip
    return figure


def cluster_applications(frame: Frame) -> Figure:
    """Draw which applications each cluster uses more or less than all users do.

    Parameters
    ----------
    frame : Frame
        ``cluster_id``, ``cluster_name``, ``application``, ``display_name``,
        ``traffic_index`` (or None); applications in order of traffic.
    """
    rows = _rows(frame)
    if not rows:
        return empty_figure("Applications of clusters", "No user is in a cluster.")
    used = [row for row in rows if row["traffic_index"] is not None]
    apps = _grouped(rows, "application")
    places = {application: place for place, application in enumerate(apps)}
    clusters = sorted(_grouped(rows, "cluster_id").items())
    indices = [row["traffic_index"] for row in used] or [100]
    dodged = len(clusters) <= MOST_DODGED
    figure = titled_figure(
        _what_differs(used, top=clusters[-1][0]),
        width=11,
        height=2 + len(apps) * (0.25 + (0.16 * len(clusters) if dodged else 0.2)),
    )
    axes = figure.subplots()
    low, high = min(*indices, 100), max(*indices, 100)
    metric = Metric("index", "Index of the share of traffic", 1, format_index)
    if high > LEAST_LOG * low:
        log_axis(axes, "x", [*indices, 100], metric, margin=0.1)
    else:
        # what hardly differs shall not look as if it did
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
    axes.set_xlabel(f"{metric.axis} (100 = as with all users)")
    figure.legend(
        loc="outside lower right", ncols=min(len(clusters), 5), frameon=False,
        title="Cluster, from least to most engaged",
    )  # fmt: skip
    return figure


def _what_differs(used: list[dict[str, Any]], top: int) -> str:
    """Say what the most engaged cluster does more or less than all users."""
    if not used:
        return "No application has traffic"
    if len({row["cluster_id"] for row in used}) == 1:
        return "One cluster makes all the traffic: every index is 100"
    furthest = max(abs(row["traffic_index"] - 100) for row in used)
    values = [row["traffic_index"] for row in used]
    if furthest <= ALIKE:
        return (
            "All clusters use the applications alike: every index is between "
            f"{format_index(min(values))} and {format_index(max(values))}"
        )
    own = [row for row in used if row["cluster_id"] == top]
    row = max(own or used, key=lambda row: abs(row["traffic_index"] - 100))
    much = format_index(row["traffic_index"])
    return (
        f"{format_name(row['display_name'])} sets the cluster "
        f"{format_name(row['cluster_name'], 16)} apart: index {much} (100 = like all)"
    )


def cluster_choice(frame: Frame) -> Figure:
    """Draw what each criterion says of the number of clusters, and the verdict.

    Parameters
    ----------
    frame : Frame
        The mart elbow_curve with the ``verdict`` and ``cluster_count`` of
        cluster_model; by k.
    """
    rows = _rows(frame)
    if not rows:
        return empty_figure("Choice of clusters", "No clusters were fitted.")
    ks = [row["k"] for row in rows]
    suggestions = [
        [name.strip() for name in row["suggested_by"].split(",")] for row in rows
    ]
    figure = titled_figure(
        str(rows[0]["verdict"]).removesuffix("."), width=13, height=6.4
    )
    used = rows[0]["cluster_count"]
    grid = figure.subplots(2, 3, sharex=True)
    for axes, (criterion, (column, unit, best)) in zip(
        grid.flat, CRITERIA.items(), strict=False
    ):
        known = [row for row in rows if _is_known(row[column])]
        at = [row["k"] for row in known]
        scores = [row[column] for row in known]
        axes.plot(at, scores, "o-", color=DOWN, lw=2, ms=5)
        if criterion == "gap":
            spread = [
                row["gap_deviation"] if _is_known(row["gap_deviation"]) else 0
                for row in known
            ]
            axes.errorbar(at, scores, spread, fmt="none", ecolor=DOWN, capsize=3)
        says = "none"
        for row, names in zip(rows, suggestions, strict=True):
            if criterion in names and row in known:
                says = f"k = {row['k']}"
                axes.plot(
                    row["k"], row[column], "D", ms=13, mfc="none", mec=MARKED, mew=2.5
                )
        name = column.replace("_", "-").title() + " (elbow)" * (criterion == "elbow")
        panel_title(axes, f"{name}: {says}")
        axes.set_ylabel(f"{unit}\n({best})", size=9)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: format_count(v)))
        axes.margins(y=0.15)
        if criterion == "elbow":
            axes.set_ylim(0, max(scores) * 1.15 or 1)
        if not known:
            axes.text(0.5, 0.5, "undefined", ha="center", transform=axes.transAxes)
            axes.set_yticks([])
    votes = grid.flat[-1]
    counts = [sum(name in CRITERIA for name in names) for names in suggestions]
    drawn = votes.bar(ks, counts, 0.7, color=UP, hatch=HATCHES[1], ec="white")
    votes.bar_label(drawn, [str(count) if count else "" for count in counts], size=9)
    panel_title(votes, "Criteria that suggest k")
    votes.set_ylabel("Criteria (count)")
    votes.set_ylim(0, len(CRITERIA))
    for axes in grid.flat:
        style(axes, "y")
        if used is not None:
            axes.axvline(used, color=GREY, ls="--", lw=1, zorder=0)
        axes.set_xlim(min(ks) - 0.5, max(ks) + 0.5)
        axes.xaxis.set_major_locator(FixedLocator(ks))
    for axes in grid[1]:
        axes.set_xlabel("Clusters k (count)")
    marks = [
        Line2D([], [], marker="D", ls="", ms=9, mfc="none", mec=MARKED, mew=2),
        Line2D([], [], color=GREY, ls="--", lw=1),
    ]
    texts = ["suggested by the criterion", f"in use: k = {used}"]
    figure.legend(marks, texts, loc="outside lower right", ncols=2, frameon=False)
    return figure


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def cluster_migration(frame: Frame) -> Figure:
    """Draw how many users went from which cluster to which.

    Parameters
    ----------
    frame : Frame
        Per ``movement``, ``from_cluster_id`` and ``to_cluster_id`` (None where
        there is none), with their names, the ``user_count``; ``user_total`` is
        the number of all users now.
    """
    rows = _rows(frame)
    if not rows:
        return empty_figure(
            "Movement between clusters",
            "No user moved: nothing new was loaded, or the clusters are new.",
        )
    counts = dict.fromkeys(("up", "down", "new", "gone"), 0)
    names: dict[int, str] = {}
    for row in rows:
        counts[row["movement"]] += row["user_count"]
        for end in ("from", "to"):
            if row[f"{end}_cluster_id"] is not None:
                name = format_name(row[f"{end}_cluster_name"], 16)
                names[row[f"{end}_cluster_id"]] = name
    clusters = sorted(names)
    total = rows[0]["user_total"]
    figure = titled_figure(
        f"{format_count(counts['up'])} of {format_count(total)} users moved up, "
        f"{format_count(counts['down'])} down; {format_count(counts['new'])} are new"
        + f", {format_count(counts['gone'])} gone"
        * bool(counts["gone"]),
        width=10 + 0.4 * len(clusters),
        height=2.4 + 0.4 * max(len(clusters), 4),
    )
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    sizes = list(counts.values())
    what = ["up", "down", "new", "gone"]
    drawn = bars(left, what, {"users": sizes}, list(map(format_count, sizes)), USERS)
    for bar, hatch in zip(drawn[0], HATCHES, strict=False):
        bar.set_hatch(hatch)
    panel_title(left, "Users by movement")
    ends = {None: len(clusters)} | {i: place for place, i in enumerate(clusters)}
    # the most engaged on top
    starts = {None: len(clusters)} | {
        i: place for place, i in enumerate(reversed(clusters))
    }
    users = {
        (starts[row["from_cluster_id"]], ends[row["to_cluster_id"]]): row["user_count"]
        for row in rows
    }
    labels = {(starts[i], ends[i]): "stayed" for i in clusters}
    labels |= {cell: format_count(count) for cell, count in users.items()}
    befores = [*(names[i] for i in reversed(clusters)), *["new"] * bool(counts["new"])]
    afters = [*(names[i] for i in clusters), *["gone"] * bool(counts["gone"])]
    size = 10 if len(afters) < 7 else 8
    slanted = len(afters) * max(map(len, afters)) > MOST_LETTERS
    heat_map(right, users, labels, befores, afters, size, slanted=slanted)
    right.set_xlabel("Cluster now")
    right.set_ylabel("Cluster before")
    panel_title(right, "Users from cluster to cluster (count)")
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
