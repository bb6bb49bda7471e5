"""Parts that figures are made of: titles, panels, bars, ranges, steps, heat maps.

Text is shown literally, even if it contains ``$``. Nothing here changes matplotlib's
settings. Scripts that its default font lacks need a matplotlibrc that sets another
``font.family``.
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
from matplotlib.figure import Figure

from engagement.report.axes import PERCENT, linear_axis, log_axis
from engagement.report.formats import Measure, Unit, capitalise, format_share
from engagement.report.width import MOST_LETTERS, is_for_a_phone, widest

# Okabe and Ito (2008), without yellow and black: colour-blind readers can tell them
# apart.
COLOURS = ("#56B4E9", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7")
# One for each of the ten clusters there may be, so that none depends on colour.
MARKERS = "os^DvP*X<>"
# Few dots and rings, each of which takes much of a page.
HATCHES = ("", "////", "..", "xxxx", "----", "||||", "oo", "++++", "\\\\\\\\", "**")
DOWN, UP, MARKED = COLOURS[1], COLOURS[4], COLOURS[2]
GREY, PALE = "#595959", "#F0F0F0"
# Text on a cell's own colour. The page's themes replace black, white and grey, but
# not these; see drawing.py.
ON_DARK, ON_PALE, ON_EMPTY = "#FEFEFE", "#010101", "#5A5A5A"
LEAST_LABELLED = 0.07  # smaller parts of a stacked bar have no room for a label
MOST_PARTED = 62  # more steps have no room for a line between them
DARK = 0.55  # share of the largest value above which a cell's text is white
DPI = 150


def plain(text: str) -> str:
    """Keep matplotlib from reading ``$`` as the start of a formula."""
    return text.replace("$", r"\$")


def titled_figure(title: str, width: float = 9, height: float = 4.8) -> Figure:
    """Make a figure of a size in inches, with a title that wraps where it has to."""
    width = min(width, widest())
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    # a number and its unit stay on one line
    whole = re.sub(r"(?<=\d) (?=[kMGTPE]?B\b)", "\N{NO-BREAK SPACE}", title)
    lines = fill(plain(whole), int(width * 9))
    figure.suptitle(lines, x=0.012, ha="left", size=13, weight="bold")
    return figure


def empty_figure(title: str, message: str) -> Figure:
    """Say why there is nothing to see."""
    figure = titled_figure(title, height=2.4)
    figure.text(0.5, 0.4, message, ha="center", size=12, color=GREY)
    return figure


def reason_of(figure: Figure) -> str:
    """Say why there is nothing to see in a figure; nothing if there is something."""
    return "" if figure.axes else figure.texts[-1].get_text()


def panels_of(
    figure: Figure,
    count: int,
    across: int,
    share_x: bool = False,
    widths: Sequence[float] | None = None,
) -> list[Axes]:
    """Divide a figure into panels, row by row, the last row as long as it needs.

    For a phone, each panel is a row, and the figure grows by the rows that are added.

    Parameters
    ----------
    figure : Figure
    count : int
        Of the panels.
    across : int
        Panels in a row.
    share_x : bool
        Whether all panels have the same x axis.
    widths : sequence of float, optional
        Of the panels in a row, relative to each other.
    """
    down = math.ceil(count / across)
    if is_for_a_phone():
        figure.set_figheight(figure.get_figheight() * count / down)
        down, across, widths = count, 1, None
    grid = figure.subplots(
        down, across, squeeze=False, sharex=share_x, width_ratios=widths
    ).flat
    for axes in grid[count:]:
        axes.remove()
    return list(grid[:count])


def abreast(count: int, most: int) -> int:
    """Say how many panels a row holds, so that rows are few and equally long.

    Four panels, at most three of them abreast, are two rows of two.
    """
    return math.ceil(count / math.ceil(count / most))


def panel_title(axes: Axes, title: str) -> None:
    """Say what one of several panels shows."""
    # with its height given, matplotlib does not have to work it out, which is slow
    axes.set_title(plain(wrapped(title)), loc="left", size=11, y=1)


def wrapped(text: str) -> str:
    """Break a text that is wider than a phone into lines, if it is for a phone."""
    return fill(text, MOST_LETTERS) if is_for_a_phone() else text


def style(axes: Axes, grid: Literal["x", "y", "both"]) -> None:
    """Remove the frame and the tick marks, and draw lines to read values off."""
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0, labelsize=9)
    axes.grid(axis=grid, color="#DDDDDD", lw=0.8)
    axes.set_axisbelow(True)


def bars(
    axes: Axes,
    names: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    labels: Sequence[str],
    measure: Measure,
) -> list[BarContainer]:
    """Draw a horizontal bar of stacked parts per name, the first name on top.

    Parameters
    ----------
    axes : Axes
    names : sequence of str
    parts : mapping of str to sequence of float
        One or two parts: their labels, and one value per name in the measure's unit.
        The first part starts at zero.
    labels : sequence of str
        Written behind the bars.
    measure : Measure

    Returns
    -------
    list of BarContainer
        One per part.
    """
    ends = [0.0] * len(names)
    drawn = []
    looks = zip((DOWN, UP), HATCHES, strict=False)
    for (part, values), (colour, hatch) in zip(parts.items(), looks, strict=False):
        widths = [value / measure.unit.step for value in values]
        drawn.append(
            axes.barh(
                range(len(names)), widths, 0.7, ends, label=part,
                color=colour, edgecolor="white", hatch=hatch,
            )
        )  # fmt: skip
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
    # names are texts, since ticks take several times as long to lay out
    beside = {"ha": "right", "transform": axes.get_yaxis_transform()}
    for row, (name, end, label) in enumerate(zip(names, ends, labels, strict=True)):
        axes.text(-0.006, row, plain(name), va="center", size=9, **beside)
        axes.text(end, row, f" {label}", va="center", size=9)
    style(axes, "x")
    axes.yaxis.set_visible(False)
    axes.set_ylim(len(names) - 0.4, -0.6)
    linear_axis(axes, "x", max(ends, default=0), measure.unit)
    axes.set_xlabel(measure.axis)
    return drawn


def steps(
    axes: Axes,
    edges: Sequence[float],
    parts: Sequence[tuple[str, Sequence[float]]],
    looks: Sequence[tuple[str, str]],
    unit: Unit,
) -> None:
    """Draw stacked parts that change from step to step, however many steps.

    Parameters
    ----------
    axes : Axes
    edges : sequence of float, one more than steps
        Where each step begins and the last one ends, as matplotlib counts days.
    parts : sequence of (label, values)
        One value per step, in the unit; the first part starts at zero.
    looks : sequence of (colour, hatch)
        One per part.
    unit : Unit
    """
    ends = [0.0] * (len(edges) - 1)
    for (part, values), (colour, hatch) in zip(parts, looks, strict=True):
        starts = ends
        ends = [low + v / unit.step for low, v in zip(starts, values, strict=True)]
        axes.stairs(
            ends, edges, baseline=starts, fill=True, label=plain(part),
            facecolor=colour, edgecolor="white", hatch=hatch, lw=0,
        )  # fmt: skip
    if len(ends) <= MOST_PARTED:
        axes.vlines(edges[1:-1], 0, max(ends), color="white", lw=2)
    style(axes, "y")
    linear_axis(axes, "y", max(ends) * 1.05, unit)
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
    """Draw a table in which a larger value has a darker cell.

    Parameters
    ----------
    axes : Axes
    values : mapping of (row, column) to float
        Not negative. A cell without a value is grey.
    labels : mapping of (row, column) to str
        Text of the cells; lighter in a cell without a value.
    rows, columns : sequence of str
        Names, from the top and from the left.
    size : float
        Of the labels, in points.
    least_top : float
        The darkest colour stands for the largest value, but at least for this one.
    slanted : bool
        Whether to slant the names of columns, which have no room side by side.
    """
    top = max([*values.values(), least_top]) or 1
    cells = [
        [values.get((row, column), math.nan) for column in range(len(columns))]
        for row in range(len(rows))
    ]
    # even the smallest value is darker than a cell without one
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
    if is_for_a_phone():
        axes.tick_params(labelsize=7.5)
    axes.set(xlim=(0, len(columns)), ylim=(len(rows), 0))
    axes.set_xticks([i + 0.5 for i in range(len(columns))], list(map(plain, columns)))
    if slanted:
        axes.tick_params("x", rotation=30)
        for name in axes.get_xticklabels():
            name.set_ha("right")
    axes.set_yticks([i + 0.5 for i in range(len(rows))], list(map(plain, rows)))


def shares(
    axes: Axes, clusters: Sequence[str], totals: Mapping[str, Sequence[float]]
) -> None:
    """Draw a bar of 100% per total, divided among the clusters.

    Parameters
    ----------
    axes : Axes
    clusters : sequence of str
        The share of the last one is written behind the bar, however small it is.
    totals : mapping of str to sequence of float
        Per bar, the part of each cluster. A bar whose parts are all zero is empty.
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
    axes.set_yticks(range(len(totals)), list(map(capitalise, totals)))
    axes.set_ylim(len(totals) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PERCENT)
    axes.set_xlabel("Share of the total (%)")


def ranges(
    axes: Axes,
    names: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    measure: Measure,
) -> None:
    """Draw the smallest, mean and largest value of each cluster on a log axis.

    Parameters
    ----------
    axes : Axes
    names : sequence of str
        Of the clusters.
    rows : sequence of mapping
        ``min_value``, ``mean_value`` and ``max_value`` of each cluster, in the
        measure's unit.
    measure : Measure
    """
    values = [row[f"{what}_value"] for row in rows for what in ("min", "max")]
    unit = measure.unit
    log_axis(axes, "x", values, unit, margin=0.4 if is_for_a_phone() else 0.2)
    for i, row in enumerate(rows):
        colour = COLOURS[i % len(COLOURS)]
        low, mean, high = (
            row[f"{what}_value"] / unit.step for what in ("min", "mean", "max")
        )
        axes.plot([low, high], [i, i], color=colour, lw=5, solid_capstyle="butt")
        axes.plot([low, high], [i, i], "|", color=colour, ms=13, mew=2)
        marker = MARKERS[i % len(MARKERS)]
        axes.plot([mean], [i], marker, color=colour, mec="black", ms=9)
        beside = {"textcoords": "offset points", "size": 8.5}
        text = unit.write(row["max_value"])
        axes.annotate(text, (high, i), (7, 0), ha="left", va="center", **beside)
        if low < high:
            text = unit.write(row["min_value"])
            axes.annotate(text, (low, i), (-7, 0), ha="right", va="center", **beside)
            text = f"mean {unit.write(row['mean_value'])}"
            axes.annotate(text, (mean, i), (0, 9), ha="center", **beside)
    style(axes, "x")
    axes.set_yticks(range(len(names)), [plain(name) for name in names])
    axes.set_ylim(-0.5, len(names) - 0.3)
    axes.set_xlabel(f"{measure.axis} per user")
