"""Look at figures: read back what they show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from engagement.report.drawing import save_png

# The label and unit of each metric, as in marts.engagement_metrics.
METRICS = {
    "session_count": ("sessions", "count"),
    "duration_ms": ("duration", "ms"),
    "total_bytes": ("traffic", "bytes"),
}
FOUR_METRICS = METRICS | {"active_days": ("active days", "count")}
HOSTILE = (r"$\frac$ & $x$", "中文" * 20, "n" * 99, "a\nb", "%s{}", "_x", "$", "<b>")


def columns(rows: list[dict[str, Any]]) -> dict[str, list]:
    """Turn rows into a frame."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def texts(axes: Axes) -> list[str]:
    return [text.get_text().strip() for text in axes.texts]


def widths(container) -> list[float]:
    return [bar.get_width() for bar in container]


def ticks(axis: Axis, figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    return [label.get_text() for label in axis.get_ticklabels()]


def titles(figure: Figure) -> list[str]:
    """Read the titles of all panels."""
    return [axes.get_title(loc="left") for axes in figure.axes]


def keys(legend: Legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def cells(axes: Axes) -> dict[tuple[int, int], str]:
    """Read a heat map: what is written into (row, column)."""
    places = [text.get_position() for text in axes.texts]
    return {
        (int(y), int(x)): text.get_text()
        for (x, y), text in zip(places, axes.texts, strict=True)
    }


def colours(axes: Axes) -> dict[tuple[int, int], float]:
    """Read a heat map: the values that the colours of (row, column) stand for."""
    values = axes.collections[0].get_array()
    return {
        (i, j): values[i, j]
        for i in range(values.shape[0])
        for j in range(values.shape[1])
        if not values.mask[i, j]
    }


def stacked(axes: Axes) -> list[tuple[list[float], list[float]]]:
    """Read where the parts of steps begin and end."""
    data = [patch.get_data() for patch in axes.patches]
    return [(list(values.baseline), list(values.values)) for values in data]


def assert_it_fits(figure: Figure, folder: Path) -> None:
    """Fail if something lies outside the figure, or if names are read as formulas."""
    save_png(figure, folder / "names.png")  # a warning would fail the test
    whole = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert whole.x0 >= 0
    assert whole.y0 >= 0
    assert whole.x1 <= width
    assert whole.y1 <= height
    shown = [text for axes in figure.axes for text in axes.texts]
    shown += [text for axes in figure.axes for text in axes.get_xticklabels()]
    shown += [text for axes in figure.axes for text in axes.get_yticklabels()]
    shown += [text for legend in figure.legends for text in legend.get_texts()]
    read = [text._preprocess_math(text.get_text()) for text in shown]
    assert [formula for _, formula in read if formula] == []
