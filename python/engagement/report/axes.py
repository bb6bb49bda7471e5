"""Axes in time, from zero and logarithmic, with a handful of round marks each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from engagement.report.formats import Unit, format_share
from engagement.report.width import is_for_a_phone

MOST_TICKS, MOST_TICKS_OF_A_PHONE = 7, 5
PERCENT = FuncFormatter(lambda value, _: format_share(value))


def time_axis(axes: Axes, days: Sequence[float] = ()) -> None:
    """Mark a handful of points in time, however long the axis is.

    Parameters
    ----------
    axes : Axes
    days : sequence of float
        Days, as matplotlib counts them. All of them are marked if they are few.
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


def linear_axis(axes: Axes, which: Literal["x", "y"], top: float, unit: Unit) -> None:
    """Make an axis run from zero to `top`, which is in steps of the unit."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    limit = axes.set_xlim if which == "x" else axes.set_ylim
    limit(0, top or 1)
    whole = unit.step == 1
    axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=whole))
    axis.set_major_formatter(_ticks_of(unit))


def _ticks_of(unit: Unit) -> FuncFormatter:
    return FuncFormatter(
        lambda value, _: unit.write(value * unit.step) if value > 0 else "0"
    )


def log_axis(
    axes: Axes,
    which: Literal["x", "y"],
    values: Sequence[float],
    unit: Unit,
    margin: float = 0.06,
) -> None:
    """Make an axis logarithmic, with a place for zero if a value is zero.

    Parameters
    ----------
    axes : Axes
    which : "x" or "y"
    values : sequence of float
        What is to be shown, in the unit and not negative.
    unit : Unit
    margin : float
        Room at both ends, as a share of the range.
    """
    shown = [value / unit.step for value in values]
    positive = [value for value in shown if value > 0]
    low, high = min(positive, default=1), max(positive, default=1)
    room = max((high / low) ** margin, 1.5)
    least = low / room if unit.step != 1 else max(low / room, 1)
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
    axis.set_major_formatter(_ticks_of(unit))


def log_ticks(low: float, high: float) -> list[float]:
    """List round numbers from low to high, a handful however far apart they are."""
    most = MOST_TICKS_OF_A_PHONE if is_for_a_phone() else MOST_TICKS
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**power for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]
