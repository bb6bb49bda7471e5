"""Parts that figures are made of: titles, bars, ranges, steps, heat maps, axes.

Text is shown as it stands, whatever ``$`` it holds. Nothing depends on, or
changes, matplotlib's settings; a matplotlibrc with another ``font.family`` serves
scripts that its own font lacks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any, Literal

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from engagement.report.formats import Metric, format_share

# Okabe and Ito (2008), less yellow and black: apart for colour-blind readers.
COLOURS = ("#56B4E9", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7")
# As many as clusters there may be, so that no colour is needed to tell them.
MARKERS = "os^DvP*X<>"
HATCHES = ("", "////", "....", "xxxx", "----", "||||", "oooo", "++++", "\\\\\\\\", "**")
DOWN, UP, MARKED = COLOURS[1], COLOURS[4], COLOURS[2]
GREY, PALE = "#595959", "#F0F0F0"
# Text on a cell's own colour, which no theme of the report changes as it does
# black, white and grey; see drawing.py.
ON_DARK, ON_PALE, ON_EMPTY = "#FEFEFE", "#010101", "#5A5A5A"
MOST_TICKS = 7
LEAST_LABELLED = 0.07  # share of a stacked bar that has room for its label
MOST_PARTED = 62  # steps with room for a line between them
DARK = 0.55  # share of the largest value from which a cell's text is white
DPI = 150


def plain(text: str) -> str:
    """Keep matplotlib from reading ``$`` as the start of a formula."""
    return text.replace("$", r"\$")


def titled_figure(title: str, width: float = 9, height: float = 4.8) -> Figure:
    """Make a figure of so many inches whose title is as long as it needs."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    # a number stays on one line with its unit
    whole = re.sub(r"(?<=\d) (?=[kMGTPE]?B\b)", "\N{NO-BREAK SPACE}", title)
    lines = fill(plain(whole), int(width * 9))
    figure.suptitle(lines, x=0.012, ha="left", size=13, weight="bold")
    return figure


def empty_figure(title: str, message: str) -> Figure:
    """Say what there is not to be seen."""
    figure = titled_figure(title, height=2.4)
    figure.text(0.5, 0.4, message, ha="center", size=12, color=GREY)
    return figure


def panel_title(axes: Axes, title: str) -> None:
    """Say what a panel of several shows."""
    # its height is given, since to work it out is slow
    axes.set_title(plain(title), loc="left", size=11, y=1)


def style(axes: Axes, grid: Literal["x", "y", "both"]) -> None:
    """Leave of an axes' frame what helps to read values off it."""
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0, labelsize=9)
    axes.grid(axis=grid, color="#DDDDDD", lw=0.8)
    axes.set_axisbelow(True)


def bars(
    axes: Axes,
    names: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    labels: Sequence[str],
    metric: Metric,
) -> list[BarContainer]:
    """Draw a horizontal bar per name, the first on top, of stacked parts.

    Parameters
    ----------
    names : sequence of str
    parts : mapping of str to sequence of float
        In units of the mart; the first of them starts at zero.
    labels : sequence of str
        Written behind the bars.
    metric : Metric
    """
    ends = [0.0] * len(names)
    drawn = []
    looks = zip((DOWN, UP), HATCHES, strict=False)
    for (part, values), (colour, hatch) in zip(parts.items(), looks, strict=False):
        widths = [value / metric.unit for value in values]
        drawn.append(
            axes.barh(
                range(len(names)), widths, 0.7, ends, label=part,
                color=colour, edgecolor="white", hatch=hatch,
            )
        )  # fmt: skip
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
    # Names are texts, not ticks, which take several times as long to lay out.
    beside = {"ha": "right", "transform": axes.get_yaxis_transform()}
    for row, (name, end, label) in enumerate(zip(names, ends, labels, strict=True)):
        axes.text(-0.006, row, plain(name), va="center", size=9, **beside)
        axes.text(end, row, f" {label}", va="center", size=9)
    style(axes, "x")
    axes.yaxis.set_visible(False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    linear_axis(axes, "x", max(ends, default=0), metric)
    axes.set_xlabel(metric.axis)
    return drawn


def steps(
    axes: Axes,
    edges: Sequence[float],
    parts: Sequence[tuple[str, Sequence[float]]],
    looks: Sequence[tuple[str, str]],
    metric: Metric,
) -> None:
    """Draw parts that change from step to step, stacked, however many steps.

    Parameters
    ----------
    edges : sequence of float
        Where steps begin and the last one ends, as matplotlib counts days.
    parts : sequence of (label, values)
        In units of the mart, one value per step; the first starts at zero.
    looks : sequence of (colour, hatch)
        Of the parts.
    metric : Metric
    """
    ends = [0.0] * (len(edges) - 1)
    for (part, values), (colour, hatch) in zip(parts, looks, strict=True):
        starts = ends
        ends = [low + v / metric.unit for low, v in zip(starts, values, strict=True)]
        axes.stairs(
            ends, edges, baseline=starts, fill=True, label=plain(part),
            facecolor=colour, edgecolor="white", hatch=hatch, lw=0,
        )  # fmt: skip
    if len(ends) <= MOST_PARTED:
        axes.vlines(edges[1:-1], 0, max(ends), color="white", lw=2)
    style(axes, "y")
    linear_axis(axes, "y", max(ends) * 1.05, metric)
    axes.set_xlim(edges[0], edges[-1])


def heat_map(
    axes: Axes,
    values: Mapping[tuple[int, int], float],
    labels: Mapping[tuple[int, int], str],
    rows: Sequence[str],
    columns: Sequence[str],
    size: float = 10,
    least_top: float = 0,
    slanted: bool = False,
) -> None:
    """Draw a table whose cells are the darker the larger they are.

    Parameters
    ----------
    values : mapping of (row, column) to float
        Not negative; a cell without one is grey.
    labels : mapping of (row, column) to str
        What is written into cells; lighter where there is no value.
    rows, columns : sequence of str
        Names, from the top and from the left.
    size : float
        Of the labels, in points.
    least_top : float
        The darkest colour stands for this value, or for the largest if that is more.
    slanted : bool
        Whether names of columns have no room beside each other.
    """
    top = max([*values.values(), least_top]) or 1
    cells = [
        [values.get((row, column), math.nan) for column in range(len(columns))]
        for row in range(len(rows))
    ]
    # the least value still differs from none
    axes.pcolormesh(
        cells, cmap=colormaps["Blues"], vmin=-top / 10, vmax=top, ec="white", lw=1.5
    )
    for (row, column), label in labels.items():
        dark = values.get((row, column), 0) > DARK * top
        colour = ON_DARK if dark else ON_PALE if (row, column) in values else ON_EMPTY
        at = column + 0.5, row + 0.5
        axes.text(*at, plain(label), ha="center", va="center", size=size, color=colour)
    style(axes, "x")
    axes.grid(visible=False)
    axes.set_facecolor(PALE)
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    axes.set_xticks([i + 0.5 for i in range(len(columns))], list(map(plain, columns)))
    if slanted:
        axes.tick_params("x", rotation=30)
        for name in axes.get_xticklabels():
            name.set_ha("right")
    axes.set_yticks([i + 0.5 for i in range(len(rows))], list(map(plain, rows)))


def time_axis(axes: Axes, days: Sequence[float] = ()) -> None:
    """Mark a handful of points in time, however long the axis is.

    Parameters
    ----------
    days : sequence of float
        Days, as matplotlib counts them: all are marked if they are few.
    """
    if 0 < len(days) <= MOST_TICKS:
        names = [f"{day.day} {day:%b}" for day in num2date(days)]
        axes.set_xticks(days, names)
        return
    locator = AutoDateLocator(minticks=3, maxticks=8)
    day = "%d %b"
    formatter = ConciseDateFormatter(
        locator,
        formats=["%Y", "%b %Y", day, "%H:%M", "%H:%M", "%S.%f"],
        zero_formats=["%Y", "%b %Y", day, day, "%H:%M", "%H:%M"],
        show_offset=False,
    )
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)


def linear_axis(
    axes: Axes, which: Literal["x", "y"], top: float, metric: Metric
) -> None:
    """Make an axis run from zero to `top`, in steps of the metric's unit."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    limit = axes.set_xlim if which == "x" else axes.set_ylim
    limit(0, top or 1)
    whole = metric.unit == 1
    axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=whole))
    axis.set_major_formatter(_ticks_of(metric))


def _ticks_of(metric: Metric) -> FuncFormatter:
    return FuncFormatter(
        lambda value, _: metric.write(value * metric.unit) if value > 0 else "0"
    )


def shares(
    axes: Axes, clusters: Sequence[str], totals: Mapping[str, Sequence[float]]
) -> None:
    """Draw a bar of 100% per total, divided among the clusters.

    Parameters
    ----------
    clusters : sequence of str
        The last one's share stands behind the bar, however small it is.
    totals : mapping of str to sequence of float
        Per bar, each cluster's part; a bar whose parts are all zero is empty.
    """
    sums = [sum(parts) or 1 for parts in totals.values()]
    ends = [0.0] * len(totals)
    for i, cluster in enumerate(clusters):
        widths = [p[i] / total for p, total in zip(totals.values(), sums, strict=True)]
        drawn = axes.barh(
            range(len(totals)), widths, 0.7, ends, label=plain(cluster),
            color=COLOURS[i % len(COLOURS)], edgecolor="white",
            hatch=HATCHES[i % len(HATCHES)],
        )  # fmt: skip
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
        if i == len(clusters) - 1:
            labels = [format_share(width) for width in widths]
            axes.bar_label(drawn, labels, padding=4, size=9, weight="bold")
            continue
        labels = [format_share(w) if w >= LEAST_LABELLED else "" for w in widths]
        box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"}
        axes.bar_label(drawn, labels, label_type="center", size=9, bbox=box)
    style(axes, "x")
    axes.set_yticks(range(len(totals)), [total.capitalize() for total in totals])
    axes.set_ylim(len(totals) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: format_share(v)))
    axes.set_xlabel("Share of the total (%)")


def ranges(
    axes: Axes, names: Sequence[str], rows: Sequence[Mapping[str, Any]], metric: Metric
) -> None:
    """Draw least, mean and largest value of each cluster on a log axis.

    Parameters
    ----------
    names : sequence of str
    rows : sequence of mapping
        ``min_value``, ``mean_value``, ``max_value`` in units of the mart.
    metric : Metric
    """
    values = [row[f"{what}_value"] for row in rows for what in ("min", "max")]
    log_axis(axes, "x", values, metric, margin=0.2)
    for i, row in enumerate(rows):
        colour = COLOURS[i % len(COLOURS)]
        low, mean, high = (
            row[f"{what}_value"] / metric.unit for what in ("min", "mean", "max")
        )
        axes.plot([low, high], [i, i], color=colour, lw=5, solid_capstyle="butt")
        axes.plot([low, high], [i, i], "|", color=colour, ms=13, mew=2)
        marker = MARKERS[i % len(MARKERS)]
        axes.plot([mean], [i], marker, color=colour, mec="black", ms=9)
        beside = {"textcoords": "offset points", "size": 8.5}
        text = metric.write(row["max_value"])
        axes.annotate(text, (high, i), (7, 0), ha="left", va="center", **beside)
        if low < high:
            text = metric.write(row["min_value"])
            axes.annotate(text, (low, i), (-7, 0), ha="right", va="center", **beside)
            text = f"mean {metric.write(row['mean_value'])}"
            axes.annotate(text, (mean, i), (0, 9), ha="center", **beside)
    style(axes, "x")
    axes.set_yticks(range(len(names)), [plain(name) for name in names])
    axes.set_ylim(-0.5, len(names) - 0.3)
    axes.set_xlabel(f"{metric.axis}, of a user")


def log_axis(
    axes: Axes,
    which: Literal["x", "y"],
    values: Sequence[float],
    metric: Metric,
    margin: float = 0.06,
) -> None:
    """Make an axis logarithmic, with a place for zero where there are zeros.

    Parameters
    ----------
    values : sequence of float
        What is to be shown, in units of the mart, not negative.
    margin : float
        Room at both ends as a share of the range.
    """
    shown = [value / metric.unit for value in values]
    positive = [value for value in shown if value > 0]
    low, high = min(positive, default=1), max(positive, default=1)
    room = max((high / low) ** margin, 1.5)
    least = low / room if metric.unit != 1 else max(low / room, 1)
    ticks = log_ticks(least, high * room)
    axis = axes.xaxis if which == "x" else axes.yaxis
    limit = axes.set_xlim if which == "x" else axes.set_ylim
    scale = axes.set_xscale if which == "x" else axes.set_yscale
    if len(positive) == len(shown):
        scale("log")
        limit(low / room, high * room)
    else:
        scale("symlog", linthresh=low)
        limit(-low / 2, high * room)
        ticks = [0, *(tick for tick in ticks if tick >= low)]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(_ticks_of(metric))


def log_ticks(low: float, high: float) -> list[float]:
    """List round numbers from low to high, a handful however far apart they are."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**power for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= MOST_TICKS:
            return ticks
    return ticks[:: math.ceil(len(ticks) / MOST_TICKS)]
