"""Refuse a load if the export contradicts the settings, or itself."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

from engagement.export.header import read_header
from engagement.export.listing import ExportError
from engagement.export.pseudonyms import read_key
from engagement.export.reader import json_has
from engagement.export.sources import (
    JSON,
    check_expressions,
    is_missing,
    shown,
)


def check_rules(noted: str, rules: str) -> None:
    """Refuse to build on records that were read with other rules.

    Parameters
    ----------
    noted, rules : str
        Hashes of the rules with which the loaded records were read, and of the rules
        that the project has now; see `engagement.dbt.questions.rules_for_records`.
    """
    if noted != rules:
        raise ExportError(
            "The loaded records were read with other rules than this version of the "
            "project has (macros/parse, models/staging): run again with "
            "--full-refresh, which reads all files again."
        )


def check_columns(file: str, mapping: list[dict], options: dict) -> None:
    """Refuse an export that lacks a mapped column, or whose ids have lost digits.

    Parameters
    ----------
    file : str
    mapping : list of dict
        ``source`` in the export of each field, and the ``setting`` that names it.
    options : dict
        The var xdr_csv with all its keys.

    Raises
    ------
    ExportError
        If it does, or if the file cannot be read. If the file has no header, the
        message lists the values of a record; with the key set, letters
        and digits in it are masked.
    """
    header = read_header(file, options)
    if header.lack:
        return
    check_expressions(file, header, mapping)
    missing = [e for e in mapping if is_missing(file, header, e["source"])]
    if header.content in JSON:
        # a path may lead nowhere, and a name may be absent from the first objects only
        missing = [e for e in missing if not json_has(file, header, e["source"])]
    if missing:
        listed = ", ".join(header.names)
        if read_key():
            listed = re.sub("[0-9]{5,}", "99999", listed)
            if len(missing) == len(mapping) and header.content == "csv":
                # likely a record, whose id may be a login: letters are masked too
                listed = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", listed))
        hint = f"set var {missing[0]['setting']} to one of {listed}"
        if len(missing) == len(mapping) and header.line:
            hint = (
                f"none of the mapped columns is there, so check that line {header.line}"
                " holds the names of the columns, or set var xdr_csv.columns to them "
                f"if it is a record; it has {listed}"
            )
        raise ExportError(
            f"{file} has no column '{shown(missing[0]['source'])}', which var "
            f"{missing[0]['setting']} names; {hint}."
        )
    ids = next(e["source"] for e in mapping if e["field"] == "user_id")
    if {"name": ids, "type": "FLOAT"} in header.columns:
        raise ExportError(
            f"{file} has column '{ids}', which var xdr_columns.user_id names, as "
            "32-bit fractions: these keep seven digits, so that several subscribers "
            "become one; export it as text or whole numbers."
        )


def check_load(figures: list[dict], mapping: list[dict], settings: dict) -> None:
    """Refuse the records that were just loaded if they cannot be right as a whole.

    Parameters
    ----------
    figures : list of dict
        One for each rejection reason, and one for accepted records (the macro
        load_figures), with one record as an example. For accepted records it also
        counts in how many of those whose start and end are at least a minute apart
        the duration is far longer or shorter than that time, and has the bytes and
        seconds of those that have both.
    mapping : list of dict
        See the macro xdr_mapping.
    settings : dict
        The vars max_rejected_share, xdr_duration_unit and xdr_volume_unit.

    Raises
    ------
    ExportError
        If lines are of another encoding; if too many records are rejected; if the
        duration differs by more than a factor of 30 from the time between start and
        end in more than half of the records, so that its unit must be wrong; or if all
        records together have less than 8 bytes or more than a gigabit per second, so
        that theirs must be.
    """
    _check_encoding(figures)
    rejected = [row for row in figures if row["reason"] is not None]
    count = sum(row["record_count"] for row in figures)
    rejected_count = sum(row["record_count"] for row in rejected)
    if rejected_count > count * settings["max_rejected_share"]:
        most = max(rejected, key=lambda row: row["record_count"])
        detail = f" ({most['detail']})" if most["detail"] else ""
        raise ExportError(
            f"{rejected_count} of {count} new records are rejected, more than var "
            f"max_rejected_share ({settings['max_rejected_share']:g}) allows; most are "
            f"{most['reason']}, for example in {most['source_file']}{detail}"
            f"{_hint(most, mapping)}."
        )
    _check_duration(figures, mapping, settings["xdr_duration_unit"])
    _check_volume(figures, settings["xdr_volume_unit"])


# In lower case.
NULL_TEXTS = frozenset(
    (
        "nan", "null", "\\n", "none", "na", "n/a", "#n/a", "<na>", "nil", "-", "--",
        "?", "(null)", "<null>", "(empty)", "undefined",
    )
)  # fmt: skip


def doubtful_texts() -> list[str]:
    """Return texts, in lower case, that often stand for a missing value.

    An application may well be called unknown, so `NULL_TEXTS` lacks it.
    """
    return sorted(NULL_TEXTS | {"unknown"})


MOST_SPOILED = 10  # a few may be spoiled; more are written in another encoding


def _check_encoding(figures: list[dict]) -> None:
    count = sum(row["spoiled_count"] for row in figures)
    if count >= MOST_SPOILED:
        file = next(row["source_file"] for row in figures if row["spoiled_count"])
        raise ExportError(
            f"{count} lines are not UTF-8, for example in {file}: set var "
            "xdr_csv.encoding to latin-1 or utf-16, or save the files as UTF-8."
        )


def _hint(rejected: dict, mapping: list[dict]) -> str:
    """Name the setting that may be wrong if many records are rejected."""
    reason, detail = rejected["reason"], rejected["detail"] or ""
    if reason == "malformed_line":
        return "; var xdr_csv says how files are written"
    if reason == "implausible_time":
        return f"; {HOW_TIMES}"
    for entry in mapping:
        name = shown(entry["source"])
        if detail != name and not detail.startswith(f"{name}: "):
            continue
        if reason in ("missing_value", "missing_user_id"):
            return f"; var {entry['setting']} names that column"
        if reason == "unreadable_value":
            return f"; {HOW_WRITTEN.get(entry['field'], HOW_VOLUMES)}"
    return ""


HOW_VOLUMES = "vars xdr_volume_unit and xdr_csv.decimal say how volumes are written"
HOW_TIMES = "var xdr_timestamp_formats says how times are written"
HOW_WRITTEN = {
    "started_at": HOW_TIMES,
    "ended_at": HOW_TIMES,
    "started_ms": "var xdr_columns.started_ms names that column",
    "ended_ms": "var xdr_columns.ended_ms names that column",
    "duration": "vars xdr_duration_unit and xdr_csv.decimal say how it is written",
    "session_id": "it has lost digits, so export it as text",
}
DURATION_UNITS = ("us", "ms", "s")


def _check_duration(figures: list[dict], mapping: list[dict], unit: str) -> None:
    longer, shorter, compared = (
        sum(row[f"{what}_count"] for row in figures)
        for what in ("long", "short", "compared")
    )
    if 2 * max(longer, shorter) <= compared:
        return
    is_long = longer > shorter
    place = DURATION_UNITS.index(unit) + (-1 if is_long else 1)
    column = next(shown(e["source"]) for e in mapping if e["field"] == "duration")
    other = "var xdr_columns.duration to another column"
    if 0 <= place < len(DURATION_UNITS):
        other = f"var xdr_duration_unit to '{DURATION_UNITS[place]}', or {other}"
    raise ExportError(
        f"In {max(longer, shorter)} of {compared} new records, the duration is more"
        f" than 30 times {'longer' if is_long else 'shorter'} than the time from "
        f"start to end, with column '{column}' read as '{unit}': set {other}."
    )


LEAST_RECORDS = 30  # fewer may well be idle, or of one test
SLOWEST, FASTEST = 8, 125_000_000  # bytes per second


def _check_volume(figures: list[dict], unit: str) -> None:
    count, volume, seconds = (
        sum(row[f"rated_{what}"] for row in figures)
        for what in ("count", "bytes", "seconds")
    )
    if count < LEAST_RECORDS or SLOWEST <= volume / seconds <= FASTEST:
        return
    is_slow = volume / seconds < SLOWEST
    raise ExportError(
        f"The {count} new records with traffic and duration have "
        f"{volume / seconds:,.3g} bytes per second, "
        f"{'less than any use of data' if is_slow else 'more than a gigabit'}, with "
        f"volumes read as '{unit}': set var xdr_volume_unit to a "
        f"{'larger' if is_slow else 'smaller'} unit, or var xdr_duration_unit if "
        "durations are wrong."
    )


def check_days(days: list[str], formats: list[str]) -> list[str]:
    """Find out whether day and month of the loaded times were swapped.

    Parameters
    ----------
    days : list of str
        All days with accepted records, as 2019-04-25.
    formats : list of str
        The var xdr_timestamp_formats.

    Returns
    -------
    list of str
        A warning if there are only one or two days that may be swapped.

    Raises
    ------
    ExportError
        If at least three days are all the same day of different months, and close
        together once day and month are swapped.
    """
    ambiguous = [text for text in formats if AMBIGUOUS.search(text)]
    read = [date.fromisoformat(day) for day in days]
    if not ambiguous or not read or len({day.day for day in read}) > 1:
        return []
    is_same_when_swapped = len(read) == 1 and read[0].day == read[0].month
    if read[0].day > 12 or is_same_when_swapped:
        return []
    swapped = sorted(day.replace(month=day.day, day=day.month) for day in read)
    written = ", ".join(f"'{text}'" for text in ambiguous)
    if len(read) < 3:
        are = " and ".join(str(day) for day in read)
        would = " and ".join(str(day) for day in swapped)
        return [
            f"All records are of {are}. If they are of {would}, var "
            f"xdr_timestamp_formats ({written}) has day and month in the wrong order."
        ]
    if max(b - a for a, b in pairwise(swapped)) > timedelta(days=3):
        return []
    raise ExportError(
        f"With var xdr_timestamp_formats ({written}), the records are of day "
        f"{read[0].day} of {len(read)} months, {read[0]} to {read[-1]}; with day and "
        f"month swapped, they are of {swapped[0]} to {swapped[-1]}: put %d and %m of "
        "var xdr_timestamp_formats in the other order, and load with --full-refresh if "
        "days were loaded before."
    )


# day and month as numbers, and the year after them
AMBIGUOUS = re.compile("%-?([dm])[^%]?%-?(?!\\1)[dm][^%]?%[yY]")


def describe_load(counts: dict[str, int], settings: dict) -> dict[str, list[str]]:
    """Say how many records were loaded, and warn of what is unusual about them.

    Parameters
    ----------
    counts : dict
        See the macro load_counts; copies are counted as rejected.
    settings : dict
        The var max_rejected_share, and ``has_session_ids``.

    Returns
    -------
    dict
        ``lines`` and ``warnings``.
    """
    records, accepted = counts["records"], counts["accepted"]
    duplicates, most = counts["duplicates"], settings["max_rejected_share"]
    lines, warnings = [], []
    if records:
        lines.append(
            f"Loaded {records:,} records from {counts['files']:,} "
            f"{'file' if counts['files'] == 1 else 'files'}: {accepted:,} accepted, "
            f"{records - accepted:,} rejected, {duplicates:,} of them as duplicates "
            f"({duplicates / records:.1%})."
        )
    if duplicates > records * most:
        warnings.append(
            f"{duplicates:,} of {records:,} new records are duplicates of others, more "
            f"than var max_rejected_share ({most:g}) allows of other rejected records: "
            "rejected_records names the file that holds each of them first."
        )
    if not settings["has_session_ids"] and accepted > 1.5 * counts["sessions"]:
        warnings.append(
            f"A session has {accepted / counts['sessions']:.1f} accepted records on "
            "average, with the same user, start and end, and each counts as a session: "
            "if they are parts of one, map xdr_columns.session_id."
        )
    return {"lines": lines, "warnings": warnings}
