"""Figures of what the clusters are, and who moved between them."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from engagement.report.axes import log_axis
from engagement.report.charts import (
    COLOURS,
    GREY,
    HATCHES,
    MARKERS,
    bars,
    empty_figure,
    heat_map,
    panel_title,
    panels_of,
    plain,
    ranges,
    shares,
    style,
    titled_figure,
)
from engagement.report.formats import (
    UNITS,
    USERS,
    Measure,
    capitalise,
    counted,
    format_count,
    format_name,
    format_share,
    measure_of,
)
from engagement.report.frames import Frame, Row, grouped, rows_of
from engagement.report.width import is_for_a_phone

LONGEST_NAME = 16  # of a cluster
LARGEST_AREA = 800.0  # of a marker, in points squared
LEAST_SIZED = 1 / 40  # of the largest marker's users; fewer have no smaller marker
ACROSS = 2  # panels
MOST_LETTERS = 60  # of the names of clusters, to stand side by side
MOVEMENTS = ("up", "down", "new", "gone")
NAMES = ("metric", "label", "unit")


def clusters(frame: Frame) -> Figure:
    """Draw users by two metrics, a marker per bin of users.

    Parameters
    ----------
    frame : Frame
        Per bin and cluster ``cluster_id``, ``cluster_name``, ``user_count`` and the
        mean ``x_value`` and ``y_value``: few rows, however many users. ``x_metric``,
        ``x_label`` and ``x_unit`` say which metric goes to the right, and those with
        y which one goes up.
    """
    rows = rows_of(frame)
    if not rows:
        return empty_figure(
            "Clusters of users", "No two metrics tell the users of clusters apart."
        )
    across, up = (
        measure_of({name: rows[0][f"{axis}_{name}"] for name in NAMES}) for axis in "xy"
    )
    # small markers last, so that they lie above the large ones
    rows.sort(key=lambda row: (row["cluster_id"], -row["user_count"]))
    groups = grouped(rows, "cluster_id")
    users = {i: sum(row["user_count"] for row in group) for i, group in groups.items()}
    total, largest = sum(users.values()), max(row["user_count"] for row in rows)
    top = max(groups)
    means = [
        _mean(groups[top], f"{axis}_value", measure)
        for axis, measure in (("x", across), ("y", up))
    ]
    name = format_name(groups[top][0]["cluster_name"], LONGEST_NAME)
    who = "One cluster: "
    if len(groups) > 1:
        who = f"The most engaged cluster, {name}: {format_count(users[top])} of "
    mean = "on average " * (users[top] > 1)
    figure = titled_figure(
        f"{who}{counted(total, 'user')}, {mean}{', '.join(means)}",
        width=10,
        height=5.6,
    )
    axes = figure.subplots()
    for i, (cluster, group) in enumerate(groups.items()):
        name = format_name(group[0]["cluster_name"], LONGEST_NAME)
        share = format_share(users[cluster] / total)
        axes.scatter(
            [row["x_value"] / across.unit.step for row in group],
            [row["y_value"] / up.unit.step for row in group],
            [_area(row["user_count"], largest) for row in group],
            COLOURS[i % len(COLOURS)],
            marker=MARKERS[i % len(MARKERS)],
            alpha=0.75,
            edgecolors="white",
            linewidths=0.5,
            label=plain(f"{name}: {format_count(users[cluster])} ({share})"),
        )
    style(axes, "both")
    log_axis(axes, "x", frame["x_value"], across.unit)
    log_axis(axes, "y", frame["y_value"], up.unit)
    axes.set_xlabel(f"{across.axis} per user")
    axes.set_ylabel(f"{up.axis} per user")
    _explain_markers(axes, largest)
    return figure


def _mean(rows: list[Row], column: str, measure: Measure) -> str:
    """Write the mean of the users in bins: 60 sessions; 3.2 h; 125 GB."""
    users = sum(row["user_count"] for row in rows)
    value = sum(row[column] * row["user_count"] for row in rows) / users
    if measure.unit is UNITS["count"]:
        return counted(value, measure.name.removesuffix("s"))
    return measure.unit.write(value)


def _explain_markers(axes: Axes, largest: int) -> None:
    """Say what the markers' colours and sizes mean, beside the panel or below it."""
    places = (("upper left", (1, 1)), ("lower left", (1, 0)))
    if is_for_a_phone():
        places = (("upper left", (0, -0.16)), ("upper right", (1, -0.16)))
    named, sized = (
        {"loc": corner, "bbox_to_anchor": at, "borderaxespad": 0.5}
        | {"frameon": False, "alignment": "left"}
        for corner, at in places
    )
    key = axes.legend(title="Cluster: users", **named)
    for handle in key.legend_handles:
        handle.set_sizes([60])
    axes.add_artist(key)
    key.set_clip_on(False)  # or the layout would leave no room for it
    least = max(1, int(largest * LEAST_SIZED))
    sizes = sorted({least, max(1, largest // 6), largest})
    labels = [format_count(size) for size in sizes]
    labels[0] = f"up to {labels[0]}" if least > 1 else labels[0]
    dots = [axes.scatter([], [], _area(size, largest), GREY) for size in sizes]
    roomy = {"labelspacing": 1.3, "borderpad": 1.2}  # for the largest marker
    axes.legend(dots, labels, title="Users per marker", **roomy, **sized)


def _area(users: int, largest: int) -> float:
    """Give a marker its area in points squared, in proportion to its users."""
    return LARGEST_AREA * max(users / max(largest, 1 / LEAST_SIZED), LEAST_SIZED)


def cluster_summary(frame: Frame) -> Figure:
    """Draw what each cluster is: its share of users and totals, and its ranges.

    Parameters
    ----------
    frame : Frame
        Per cluster and metric ``cluster_id``, ``cluster_name``, ``user_count``,
        ``metric``, ``label``, ``unit`` and, in that unit, ``min_value``,
        ``mean_value``, ``max_value`` and ``total_value``, which is above 0 in one of
        them; by cluster_id, then metrics in the order in which they are listed.
    """
    rows = rows_of(frame)
    if not rows:
        return empty_figure("Summary of the clusters", "No user is in a cluster.")
    metrics = grouped(rows, "metric")
    first = next(iter(metrics.values()))
    names = [format_name(row["cluster_name"], LONGEST_NAME) for row in first]
    totals = {"users": [row["user_count"] for row in first]}
    for own in metrics.values():
        totals[own[0]["label"]] = [row["total_value"] for row in own]
    main = metrics.get("total_bytes", first)[0]["label"]
    top = {what: parts[-1] / sum(parts) for what, parts in totals.items()}
    count = 1 + len(metrics)
    down = math.ceil(count / ACROSS)
    size = f"{format_share(top['users'])} of users"
    size += f" and {format_share(top[main])} of {main}"
    figure = titled_figure(
        f"The most engaged cluster, {names[-1]}, is {size}"
        if len(names) > 1
        else "One cluster holds all users",
        width=12,
        height=down * (2.2 + 0.3 * len(names)),
    )
    divided, *panels = panels_of(figure, count, ACROSS)
    shares(divided, names, totals)
    panel_title(divided, "Who makes up the total")
    figure.legend(
        *divided.get_legend_handles_labels(), loc="outside lower center",
        ncols=min(len(names), 2 if is_for_a_phone() else 5), frameon=False,
        title="Cluster, from least to most engaged",
    )  # fmt: skip
    for axes, own in zip(panels, metrics.values(), strict=True):
        measure = measure_of(own[0])
        ranges(axes, names, own, measure)
        panel_title(axes, f"{capitalise(measure.name)} per user")
    return figure


def cluster_migration(frame: Frame) -> Figure:
    """Draw how many users went from which cluster to which.

    Parameters
    ----------
    frame : Frame
        Per ``movement``, ``from_cluster_id`` and ``to_cluster_id`` (None where
        there is none), with ``from_cluster_name`` and ``to_cluster_name``, the
        ``user_count``; ``user_total`` is the number of all users now.
    """
    rows = rows_of(frame)
    if not rows:
        return empty_figure(
            "Movement between clusters",
            "No user moved, or too few earlier days are loaded to compare with.",
        )
    counts = dict.fromkeys(MOVEMENTS, 0)
    names: dict[int, str] = {}
    for row in rows:
        counts[row["movement"]] += row["user_count"]
        for end in ("from", "to"):
            if row[f"{end}_cluster_id"] is not None:
                name = format_name(row[f"{end}_cluster_name"], LONGEST_NAME)
                names[row[f"{end}_cluster_id"]] = name
    total = format_count(rows[0]["user_total"])
    written = {movement: format_count(count) for movement, count in counts.items()}
    figure = titled_figure(
        f"{written['up']} of {total} users moved up, {written['down']} down; "
        f"{written['new']} are new"
        + f", {written['gone']} gone"
        * bool(counts["gone"]),
        width=10 + 0.4 * len(names),
        height=2.4 + 0.4 * max(len(names), 4),
    )
    left, right = panels_of(figure, 2, 2, widths=(2, 3))
    sizes = {"users": list(counts.values())}
    drawn = bars(left, MOVEMENTS, sizes, list(written.values()), USERS)
    for bar, hatch in zip(drawn[0], HATCHES, strict=False):
        bar.set_hatch(hatch)
    panel_title(left, "Users by movement")
    _draw_moves(right, rows, names, counts)
    panel_title(right, "Users from cluster to cluster (count)")
    return figure


def _draw_moves(
    axes: Axes, rows: list[Row], names: dict[int, str], counts: dict[str, int]
) -> None:
    """Draw a table of clusters before, the most engaged on top, by clusters now."""
    afters = sorted(names)
    befores = afters[::-1]
    outside = len(names)  # the place of none: new users' row, gone users' column
    ends = {None: outside} | {i: place for place, i in enumerate(afters)}
    starts = {None: outside} | {i: place for place, i in enumerate(befores)}
    users = {
        (starts[row["from_cluster_id"]], ends[row["to_cluster_id"]]): row["user_count"]
        for row in rows
    }
    labels = {(starts[i], ends[i]): "stayed" for i in names}
    labels |= {cell: format_count(count) for cell, count in users.items()}
    down = [*(names[i] for i in befores), *["new"] * bool(counts["new"])]
    across = [*(names[i] for i in afters), *["gone"] * bool(counts["gone"])]
    size = 10 if len(across) < 7 else 8
    slanted = len(across) * max(map(len, across)) > MOST_LETTERS
    heat_map(axes, users, labels, down, across, size, slanted=slanted)
    axes.set_xlabel("Cluster now")
    axes.set_ylabel("Cluster before")
