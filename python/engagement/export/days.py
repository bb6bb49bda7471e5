"""Compare the days of a load with all loaded days: swapped with months, or far off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from datetime import date, timedelta

import duckdb

from engagement.export.listing import ExportError

CLOSE = timedelta(days=3)
DISTANT = timedelta(days=366)


def check_days(days: dict[str, list], formats: list[str]) -> list[str]:
    """Find out whether day and month of new times were swapped, or clocks were wrong.

    Parameters
    ----------
    days : dict
        ``new``: ``day`` (2019-04-25) of each day with new accepted records, and of one
        of them the ``file``, the ``column`` and the ``text`` of the time; ``before``:
        the days with records that were loaded before. None instead of no day.
    formats : list of str
        The var xdr_timestamp_formats.

    Returns
    -------
    list of str
        A warning if there are only one or two days that may be swapped, and one if
        days are more than a year from all others.

    Raises
    ------
    ExportError
        If at least three days, close to no other in their month, are close together
        once day and month are swapped.
    """
    new = {}
    with duckdb.connect() as connection:
        for entry in days["new"] or []:
            day, swappable = _as_written(entry, formats, connection)
            new[day] = swappable and entry | {"format": swappable}
    every = new.keys() | map(date.fromisoformat, days["before"] or [])
    warnings = _distant_days(every, new.keys())
    # a run that goes beyond the twelfth is of one month
    doubtful = [run for run in _runs(every) if all(day.day <= 12 for day in run)]
    among = sorted(day for run in doubtful for day in run)
    example = next((new[day] for day in among if new.get(day)), None)
    swapped = sorted(day.replace(month=day.day, day=day.month) for day in among)
    if example is None or swapped == among:
        return warnings
    written = (
        f"'{example['format']}' of var xdr_timestamp_formats, which reads "
        f"'{example['text']}' in column '{example['column']}' of {example['file']}"
    )
    if len(doubtful) >= 3 and len(_runs(swapped)) * 3 <= len(doubtful):
        raise ExportError(
            f"Times are of {len(among)} days of {len(doubtful)} months, {among[0]} to "
            f"{among[-1]}; with day and month swapped, they are close together, "
            f"{swapped[0]} to {swapped[-1]}: put %d and %m in the other order in "
            f"{written}, and load with --full-refresh if days were loaded before."
        )
    rest = every - set(among)
    is_likely = not rest or any(abs(a - b) <= CLOSE for a in rest for b in swapped)
    if len(among) < 3 and len(_runs(swapped)) <= len(doubtful) and is_likely:
        are, would = (" and ".join(map(str, dates)) for dates in (among, swapped))
        warnings.append(
            f"Times are of {are}. If they are of {would}, day and month are in the "
            f"wrong order in {written}."
        )
    return warnings


def _runs(days: Iterable[date], apart: timedelta = CLOSE) -> list[list[date]]:
    """Split days where they are further apart than so many days."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] <= apart:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _distant_days(days: Iterable[date], new: Set[date]) -> list[str]:
    runs = _runs(days, DISTANT)
    most = max(runs, key=len, default=[])
    return [
        f"Records are of {run[0]}{f' to {run[-1]}' if run[1:] else ''}, more than a "
        f"year from those of {most[0]} to {most[-1]}: they are counted, but the clock "
        "of a device may have been wrong."
        for run in runs
        if run is not most and not new.isdisjoint(run)
    ]


def _as_written(
    entry: dict, formats: list[str], connection: duckdb.DuckDBPyConnection
) -> tuple[date, str | None]:
    """Read the day of a time, and name its format if day and month could be swapped.

    The day is that of the time zone of the export if there is such a format.
    """
    for written in formats:
        if "%" not in written:
            continue
        ((day,),) = connection.execute(
            "select cast(try_strptime(?, ?) as date)", [entry["text"], written]
        ).fetchall()
        if day:
            order = "".join(re.findall("%-?([dmyY])", written.replace("%%", "")))
            if re.search("dm|md[yY]|^md$", order):
                return day, written
            break
    return date.fromisoformat(entry["day"]), None
