"""Turn frames into tables: headings, and values as a reader expects them.

How a value is written follows from its column's name, which carries the unit, or
from the column ``unit`` of its row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engagement.report.formats import (
    UNITS,
    Unit,
    capitalise,
    format_date,
    format_index,
    format_name,
    format_share,
)
from engagement.report.frames import Frame, rows_of

LONGEST_TEXT = 80
LONGEST_HINT = 1000
HEADINGS = {
    "k": "k",
    "rank": "#",
    "user_id": "User",
    "cluster_name": "Cluster",
    "session_date": "Day",
    "source_file": "File",
    "dl_bytes": "Downlink",
    "ul_bytes": "Uplink",
    "total_bytes": "Traffic",
    "bytes_per_user": "Traffic per user",
    "highly_engaged_user_count": "Highly engaged users",
    "mbit_per_second": "Mean Mbit/s",
    "measured_count": "Measured sessions",
    "busy_poor_share": "Poor in busy hours",
    "quiet_poor_share": "Poor at other times",
    "record_share": "Share of records",
    "poor_share": "Poor sessions",
    "expected_poor_share": "Expected from the devices",
    "poor_share_low": "At least",
    "poor_share_high": "At most",
    "measured_share": "Share measured",
    "median_rtt": "Round-trip time (ms)",
    "median_kbps": "Throughput (kbit/s)",
    "poor_users_share": "Poor",
    "fair_users_share": "Fair",
    "good_users_share": "Good",
    "unmeasured_users_share": "Unmeasured",
    "device_class": "Class",
    "people_count": "Users without fixed devices",
    "people_top_share": "Top 10% without them",
    "people_gini": "Gini without them",
    "gain": "Adds",
    "covered_user_count": "Users reached",
    "covered_bytes": "Their traffic there",
    "traffic_share": "Share of traffic",
    "traffic_index": "Index of the share",
    "application_share": "Share of the application",
    "cluster_share": "Share of the cluster",
    "fitted_share": "Share of users fitted",
    "fitted_at": "Fitted at",
    "explained_share": "Explained variance",
    "retention_share": "Share active again",
    "davies_bouldin_index": "Davies-Bouldin",
    "calinski_harabasz_index": "Calinski-Harabasz",
    "gini_coefficient": "Gini",
    "min_value": "Minimum",
    "mean_value": "Mean",
    "max_value": "Maximum",
    "total_value": "Total",
    "value": "Period",
    "previous_value": "Period before",
    "change_value": "Change",
    "change_share": "Change (%)",
    "dau_mau_share": "DAU/MAU",
}
# Units by the endings of columns' names.
ENDINGS = {
    "_bytes": UNITS["bytes"],
    "_per_user": UNITS["bytes"],
    "_ms": UNITS["ms"],
    "_share": Unit("share", 1, format_share),
    "_share_low": Unit("share", 1, format_share),
    "_share_high": Unit("share", 1, format_share),
    "_index": Unit("index", 1, format_index),
}
# Columns that say how to show a row, and are not shown themselves.
HIDDEN = ("part", "unit")
# Columns of traffic, which are not shown either where nobody has any.
OF_TRAFFIC = (
    "dl_bytes",
    "ul_bytes",
    "total_bytes",
    "covered_bytes",
    "traffic_share",
    "mbit_per_second",
)


@dataclass(frozen=True)
class Cell:
    """A value of a table.

    Attributes
    ----------
    text : str
        Short.
    exact : str
        In full with its unit, or empty if the text is that already.
    order : str
        What to sort by: a number, or the text.
    """

    text: str
    exact: str
    order: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers."""

    heading: str
    is_number: bool


@dataclass(frozen=True)
class Part:
    """Rows of a table, under a heading of their own if there are several parts.

    Attributes
    ----------
    heading : str
    columns : list of Column
    rows : list of list of Cell
    """

    heading: str
    columns: list[Column]
    rows: list[list[Cell]]


def parts_of(frame: Frame) -> list[Part]:
    """Write a frame as tables.

    Parameters
    ----------
    frame : Frame
        If it has a column ``part``, there is a table for each value of it. If it has
        a column ``unit``, columns whose names end in ``value`` are in that unit, which
        is one of `UNITS`.

    Returns
    -------
    list of Part
        At least one, which may be without rows.
    """
    shown = [
        name
        for name, values in frame.items()
        if name not in HIDDEN
        and (name not in OF_TRAFFIC or any(values) or not len(values))
    ]
    columns = [
        Column(heading_of(name), all(_is_number(value) for value in frame[name]))
        for name in shown
    ]
    parts: dict[str, list[list[Cell]]] = {}
    for row in rows_of(frame):
        unit = UNITS.get(row.get("unit"))
        cells = [cell_of(name, row[name], unit) for name in shown]
        heading = cell_of("part", row["part"]).text if "part" in row else ""
        parts.setdefault(heading, []).append(cells)
    return [Part(heading, columns, cells) for heading, cells in parts.items()] or [
        Part("", columns, [])
    ]


def heading_of(name: str) -> str:
    """Write the name of a column without its unit: Active users."""
    if name in HEADINGS:
        return HEADINGS[name]
    if top := re.fullmatch(r"top_(\d+)_percent_share", name):
        return f"Top {top[1]}%"
    for ending in ("_count", "_at", *ENDINGS):
        name = name.removesuffix(ending)
    plural = {"user": "users", "session": "sessions", "record": "records"}
    return capitalise(plural.get(name, name).replace("_", " "))


def cell_of(name: str, value: Any, unit: Unit | None = None) -> Cell:
    """Write a value of a column.

    Parameters
    ----------
    name : str
        Of the column.
    value : Any
        Text, a number, a date, a datetime or None.
    unit : Unit, optional
        Of the row's values; only for columns whose names end in ``value``.
    """
    if value is None:
        return Cell("-", "", "")
    if isinstance(value, datetime):
        return Cell(f"{format_date(value)} {value:%H:%M}", f"{value:%F %T}", str(value))
    if isinstance(value, date):
        return Cell(format_date(value), f"{value:%F}", str(value))
    if not _is_number(value):
        text = format_name(value, LONGEST_TEXT)
        hint = str(value)[:LONGEST_HINT]
        return Cell(text, "" if hint == text else hint, text.casefold())
    if unit is None or not name.endswith("value"):
        unit = _unit_of(name)
    exact = f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    text = unit.write(value)
    return Cell(text, "" if exact == text else exact + unit.exact, repr(value))


def _unit_of(name: str) -> Unit:
    """Find the unit in a column's name."""
    found = (unit for ending, unit in ENDINGS.items() if name.endswith(ending))
    return next(found, UNITS["count"])


def _is_number(value: Any) -> bool:
    return value is None or (
        isinstance(value, int | float) and not isinstance(value, bool)
    )
