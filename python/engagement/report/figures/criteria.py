"""Figures of how many clusters there are worth telling apart."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from engagement.fit.criteria import CRITERIA
from engagement.report.charts import (
    COLOURS,
    DOWN,
    GREY,
    HATCHES,
    MARKED,
    UP,
    empty_figure,
    panel_title,
    panels_of,
    style,
    titled_figure,
)
from engagement.report.formats import format_count
from engagement.report.frames import Frame, Row, rows_of

ACROSS = 3  # panels
COUNTS = FuncFormatter(lambda value, _: format_count(value))
# What each criterion scores, and which value it prefers.
MEANINGS = {
    "elbow": ("Squared distance, scaled", "the bend"),
    "silhouette": ("Closeness, -1 to 1", "the largest"),
    "calinski_harabasz": ("Ratio of variances", "the largest"),
    "davies_bouldin": ("Ratio of distances", "the smallest"),
    "gap": ("Logarithm of a ratio", "the first not below the next"),
}


def elbow_curve(frame: Frame) -> Figure:
    """Draw the inertia per number of clusters and mark the elbow, if there is one.

    Parameters
    ----------
    frame : Frame
        ``k``, ``inertia`` (a sum of squared distances between scaled users and their
        centroids) and ``is_elbow``; by k.
    """
    ks, inertias = list(frame["k"]), list(frame["inertia"])
    if not ks:
        return empty_figure("Elbow curve", "No clusters were fitted.")
    elbow = next((i for i, is_one in enumerate(frame["is_elbow"]) if is_one), None)
    figure = titled_figure(
        "No elbow: no number of clusters stands out"
        if elbow is None
        else f"The elbow is at k = {ks[elbow]}: more clusters add little"
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
    _mark_counts(axes, ks)
    axes.yaxis.set_major_formatter(COUNTS)
    return figure


def cluster_choice(frame: Frame) -> Figure:
    """Draw what each criterion says of the number of clusters, and the verdict.

    Parameters
    ----------
    frame : Frame
        ``k``, ``inertia``, the scores (None or nan where undefined),
        ``gap_deviation`` and ``suggested_by`` (names of criteria, apart by commas) of
        elbow_curve, with the ``verdict`` and ``cluster_count`` of cluster_model;
        by k.
    """
    rows = rows_of(frame)
    if not rows:
        return empty_figure("Choice of clusters", "No clusters were fitted.")
    ks = [row["k"] for row in rows]
    used = rows[0]["cluster_count"]
    count = len(CRITERIA) + 1
    figure = titled_figure(
        str(rows[0]["verdict"]).removesuffix("."),
        width=13,
        height=3.2 * math.ceil(count / ACROSS),
    )
    panels = panels_of(figure, count, ACROSS, share_x=True)
    *scored, votes = panels
    for axes, criterion in zip(scored, CRITERIA, strict=True):
        _draw_criterion(axes, criterion, rows)
    counts = [sum(name in CRITERIA for name in _suggesting(row)) for row in rows]
    drawn = votes.bar(ks, counts, 0.7, color=UP, hatch=HATCHES[1], ec="white")
    votes.bar_label(drawn, [str(count) if count else "" for count in counts], size=9)
    panel_title(votes, "Criteria that suggest k")
    votes.set_ylabel("Criteria (count)")
    votes.set_ylim(0, len(CRITERIA))
    for axes in panels:
        style(axes, "y")
        if used is not None:
            axes.axvline(used, color=GREY, ls="--", lw=1, zorder=0)
        _mark_counts(axes, ks)
    for axes in panels[-ACROSS:]:
        axes.set_xlabel("Clusters k (count)")
        axes.tick_params("x", labelbottom=True)
    marks = [
        Line2D([], [], marker="D", ls="", ms=9, mfc="none", mec=MARKED, mew=2),
        Line2D([], [], color=GREY, ls="--", lw=1),
    ]
    texts = ["suggested by the criterion", f"in use: k = {used}"]
    figure.legend(marks, texts, loc="outside lower right", ncols=2, frameon=False)
    return figure


def _draw_criterion(axes: Axes, criterion: str, rows: list[Row]) -> None:
    """Draw a criterion's score per number of clusters, and mark what it suggests."""
    column = "inertia" if criterion == "elbow" else criterion
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
    for row in known:
        if criterion in _suggesting(row):
            says = f"k = {row['k']}"
            axes.plot(
                row["k"], row[column], "D", ms=13, mfc="none", mec=MARKED, mew=2.5
            )
    name = column.replace("_", "-").title() + " (elbow)" * (criterion == "elbow")
    panel_title(axes, f"{name}: {says}")
    meaning, best = MEANINGS[criterion]
    axes.set_ylabel(f"{meaning}\n({best})", size=9)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(COUNTS)
    axes.margins(y=0.15)
    if criterion == "elbow":
        axes.set_ylim(0, max(scores) * 1.15 or 1)
    if not known:
        axes.text(0.5, 0.5, "undefined", ha="center", transform=axes.transAxes)
        axes.set_yticks([])


def _suggesting(row: Row) -> list[str]:
    """List the criteria that suggest a number of clusters."""
    return [name.strip() for name in row["suggested_by"].split(",")]


def _mark_counts(axes: Axes, ks: list[int]) -> None:
    """Mark each number of clusters on the x axis."""
    axes.set_xlim(min(ks) - 0.5, max(ks) + 0.5)
    axes.xaxis.set_major_locator(FixedLocator(ks))


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
