"""Write numbers, units and names the way a reader of the report expects."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_NAMED = 3  # in a sentence
RATE_UNITS = {"kbit/s": 1e-3, "Mbit/s": 1.0, "Gbit/s": 1e3, "Tbit/s": 1e6}
BYTE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def signed(write: Callable[[float], str]) -> Callable[[float], str]:
    """Let what writes a size write a negative number too: -950 MB."""

    @wraps(write)
    def written(value: float) -> str:
        return f"-{write(-value)}" if value < 0 else write(value)

    return written


@signed
def format_count(value: float) -> str:
    """Write a count: 4.4; 106,856; 10.7M."""
    if value < 999_999.5:
        return _digits(value)
    millions = value / 1e6
    if millions < 999.5:
        return f"{_digits(millions)}M"
    return f"{_digits(millions / 1000)}B"


def format_mean(value: float) -> str:
    """Write a mean count, with a decimal where a whole number says little: 0.37; 12."""
    if value >= 9.95 or _is_round(value):
        return format_count(round(value))
    return f"{value:#.2g}" if value >= 0.01 else "<0.01"


def counted(
    value: float,
    one: str,
    many: str = "",
    write: Callable[[float], str] = format_count,
) -> str:
    """Write a count and what is counted: 1 user; 0 users; 1.03 sessions.

    Parameters
    ----------
    value : float
    one : str
        What follows a single one, for instance ``"user is"``.
    many : str
        What follows any other count; by default `one` with an s.
    write : callable
        Formats the count. Only what it writes as 1 is a single one.
    """
    text = write(value)
    return f"{text} {agree(text, one, many)}"


def agree(text: str, one: str, many: str = "") -> str:
    """Choose the word that agrees with a count as it is written."""
    return one if text == "1" else many or f"{one}s"


def all_of(count: int, one: str, many: str = "") -> str:
    """Write that all are meant: the only user; both users; all 3 users."""
    noun = agree(format_count(count), one, many)
    which = {1: "the only", 2: "both"}.get(count, f"all {format_count(count)}")
    return f"{which} {noun}"


@signed
def format_bytes(value: float) -> str:
    """Write bytes in decimal units: 950 MB; 12.4 TB."""
    for unit in BYTE_UNITS:
        if value < 999.5 or unit == BYTE_UNITS[-1]:
            break
        value /= 1000
    return f"{_digits(value)} {unit}"


@signed
def format_duration(value: float) -> str:
    """Write milliseconds as seconds, minutes or, from one hour on, hours."""
    seconds = value / 1000
    if seconds < 59.95:
        return f"{_digits(seconds)} s"
    if seconds < 59.95 * 60:
        return f"{_digits(seconds / 60)} min"
    return f"{format_count(seconds / 3600)} h"


@signed
def format_share(value: float) -> str:
    """Write a share as a percentage. A part is never written as 0% or 100%."""
    if 0 < value < 0.0005:
        return "<0.1%"
    if 0.9995 <= value < 1:
        return ">99.9%"
    percent = value * 100
    return f"{percent:.0f}%" if _is_round(percent) else f"{percent:.1f}%"


def format_change(value: float) -> str:
    """Write a relative change with its sign: +3.2%; -12%; unchanged."""
    if not value:
        return "unchanged"
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return sign + format_share(abs(value))


def rate_unit(value: float) -> tuple[str, float]:
    """Choose the unit in which Mbit/s are written, and its size in Mbit/s."""
    for unit in RATE_UNITS.items():
        if value / unit[1] < 999.5:
            break
    return unit


def format_rate(value: float) -> str:
    """Write Mbit/s: 350 kbit/s; 12.4 Mbit/s; 1.2 Gbit/s."""
    unit, size = rate_unit(value)
    return f"{_digits(value / size)} {unit}"


def format_hour(hour_of_week: int) -> str:
    """Write an hour of the week: Wed 20:00 to 21:00."""
    day, hour = divmod(hour_of_week, 24)
    return f"{WEEKDAYS[day]} {hour:02}:00 to {(hour + 1) % 24:02}:00"


def format_name(value: object, width: int = 24) -> str:
    """Write a name on one line, cut to `width` characters."""
    printable = "".join(c if c.isprintable() else " " for c in str(value))
    name = " ".join(printable.split())
    return name if len(name) <= width else name[: width - 1].rstrip() + "…"


def format_date(value: date) -> str:
    """Write a day: 4 Apr 2019."""
    return f"{value.day} {value:%b %Y}"


def format_period(first: date, last: date) -> str:
    """Write the days from first to last: 4 Apr 2019; 4 Apr 2019 to 29 Apr 2019."""
    begin, end = format_date(first), format_date(last)
    return begin if begin == end else f"{begin} to {end}"


def format_index(value: float) -> str:
    """Write an index whose average is 100: 0.25; 98.2; 102; 1,240."""
    if _is_round(value) or not 9.95 <= value < 110:
        return _digits(value) if value < 9.95 else f"{value:,.0f}"
    return f"{value:.1f}"


def format_traffic(value: float, share: float) -> str:
    """Write bytes and what share of all they are: 12.4 TB (46.7%)."""
    return f"{format_bytes(value)} ({format_share(share)})"


def join_names(names: list[str]) -> str:
    """Write names as in a sentence: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def join_few(names: list[str], one: str, which: str = "") -> str:
    """Write up to three names as in a sentence, or how many they are: 5 users.

    Parameters
    ----------
    names : list of str
    one : str
        What one of them is, for instance ``"user"``.
    which : str
        What stands before a number, for instance ``"The top"``.
    """
    if len(names) <= MOST_NAMED:
        return join_names(names)
    return f"{which} {counted(len(names), one)}".lstrip()


def capitalise(text: str) -> str:
    """Make the first letter a capital and leave the others as they are."""
    return text[:1].upper() + text[1:]


def _digits(value: float) -> str:
    """Write three digits, or all digits before the point, with thousands separated.

    Zeros after the point tell a rounded number (4.00) from an exact one (4).
    """
    if value >= 99.95 or _is_round(value):
        return f"{value:,.0f}"
    short = f"{value:.3g}"
    return short if math.isclose(float(short), value) else f"{value:#.3g}"


def _is_round(value: float) -> bool:
    return math.isclose(value, round(value))


@dataclass(frozen=True)
class Unit:
    """How values of one unit are written.

    Attributes
    ----------
    axis : str
        What an axis counts in.
    step : float
        One step of that axis, in the unit itself, so that ticks are round.
    write : callable
        Formats a value.
    exact : str
        What follows a value that is written in full.
    """

    axis: str
    step: float
    write: Callable[[float], str]
    exact: str = ""


# By the names that marts.engagement_metrics gives units.
UNITS = {
    "count": Unit("count", 1, format_count),
    "ms": Unit("hours", 3.6e6, format_duration, " ms"),
    "bytes": Unit("bytes", 1, format_bytes, " bytes"),
}


@dataclass(frozen=True)
class Measure:
    """How a quantity is shown.

    Attributes
    ----------
    name : str
        In a sentence.
    axis : str
        Label of an axis, with its unit.
    unit : Unit
    """

    name: str
    axis: str
    unit: Unit


# What the label of an axis says beside the unit, by column.
NOTES = {"total_bytes": ", DL + UL"}


def measure_of(row: Mapping[str, Any]) -> Measure:
    """Say how a metric is shown.

    Parameters
    ----------
    row : mapping
        ``metric``, ``label`` and ``unit``, as marts.engagement_metrics has them.

    Raises
    ------
    KeyError
        If the unit is not one of `UNITS`.
    """
    unit = UNITS[row["unit"]]
    note = NOTES.get(row["metric"], "")
    return Measure(
        row["label"], f"{capitalise(row['label'])} ({unit.axis}{note})", unit
    )


# What figures show whatever the metrics are.
USERS = measure_of({"metric": "user_count", "label": "users", "unit": "count"})
TRAFFIC = measure_of({"metric": "total_bytes", "label": "traffic", "unit": "bytes"})
