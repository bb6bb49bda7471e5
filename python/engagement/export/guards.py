"""Refuse a load if the export contradicts the settings, or itself."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from engagement.export.header import read_header
from engagement.export.listing import ExportError
from engagement.export.pseudonyms import read_key
from engagement.export.reader import json_has
from engagement.export.sources import (
    JSON,
    Source,
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


def check_columns(file: str, mapping: list[dict], options: dict) -> list[str]:
    """Refuse an export that lacks a mapped column, or whose ids have lost digits.

    Parameters
    ----------
    file : str
    mapping : list of dict
        ``source`` in the export of each field, the ``setting`` that names it, and
        whether it ``is_optional``.
    options : dict
        The var xdr_csv with all its keys.

    Returns
    -------
    list of str
        The optional fields that the file lacks.

    Raises
    ------
    ExportError
        If it does, or if the file cannot be read. If the file has no header, the
        message lists the values of a record; with the key set, letters
        and digits in it are masked.
    """
    header = read_header(file, options)
    if header.lack:
        return []
    check_expressions(file, header, mapping)
    missing = [e for e in mapping if is_missing(file, header, e["source"])]
    if header.content in JSON:
        # a path may lead nowhere, and a name may be absent from the first objects only
        missing = [e for e in missing if not json_has(file, header, e["source"])]
    lacking = [e["field"] for e in missing if e.get("is_optional")]
    missing = [e for e in missing if not e.get("is_optional")]
    needed = sum(not e.get("is_optional") for e in mapping)
    if missing:
        listed = ", ".join(header.names)
        if read_key():
            listed = re.sub("[0-9]{5,}", "99999", listed)
            if len(missing) == needed and header.content == "csv":
                # likely a record, whose id may be a login: letters are masked too
                listed = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", listed))
        hint = f"set var {missing[0]['setting']} to one of {listed}"
        if len(missing) == needed and header.line:
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
    return lacking


def describe_missing(lacking: dict[str, list[str]], mapping: list[dict]) -> list[str]:
    """Say which files lack an optional field.

    Parameters
    ----------
    lacking : dict of str to list of str
        The fields that each file lacks, see `check_columns`.
    mapping : list of dict
        See the macro xdr_mapping.

    Returns
    -------
    list of str
        A sentence for each list of fields.
    """
    sources = {e["field"]: shown(e["source"]) for e in mapping}
    files: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for file, fields in lacking.items():
        if fields:
            files[tuple(fields)].append(file)
    sentences = []
    for fields, names in files.items():
        listed = ", ".join(f"{field} ('{sources[field]}')" for field in fields)
        more = f" and {len(names) - 1:,} more" if names[1:] else ""
        verb = "lack" if names[1:] else "lacks"
        sentences.append(f"{names[0]}{more} {verb} the columns of {listed}: missing.")
    return sentences


def check_load(figures: list[dict], mapping: list[dict], settings: dict) -> list[str]:
    """Refuse the records that were just loaded if they cannot be right as a whole.

    Parameters
    ----------
    figures : list of dict
        One for each file and rejection reason, or for accepted records (the macro
        load_figures), in the order of records, with one record as an example. For
        accepted records it also counts in how many of those whose start and end are at
        least a minute apart the duration is far longer or shorter than that time, and
        has the bytes and seconds of those that have both. Some records that were
        loaded before, to compare rates with, have ``is_new`` false.
    mapping : list of dict
        See the macro xdr_mapping.
    settings : dict
        The vars max_rejected_share, xdr_duration_unit and xdr_volume_unit.

    Returns
    -------
    list of str
        A warning for each file without an accepted record, and for each sign that
        volumes or durations may be of another unit.

    Raises
    ------
    ExportError
        If lines are of another encoding; if too many records are rejected; if the
        duration differs by more than a factor of 30 from the time between start and
        end in more than half of the records, so that its unit must be wrong; or if all
        records, or those of a file, together have less than 8 bytes or more than a
        gigabit per second, so that theirs must be.
    """
    before = [row for row in figures if not row["is_new"]]
    figures = [row for row in figures if row["is_new"]]
    _check_encoding(figures)
    rejected = [row for row in figures if row["reason"] is not None]
    count, rejected_count = _total(figures, "record"), _total(rejected, "record")
    if rejected_count > count * settings["max_rejected_share"]:
        most = _most(rejected)
        detail = f" ({most['detail']})" if most["detail"] else ""
        raise ExportError(
            f"{rejected_count} of {count} new records are rejected, more than var "
            f"max_rejected_share ({settings['max_rejected_share']:g}) allows; most are "
            f"{most['reason']}, for example in {most['source_file']}{detail}"
            f"{_hint(most, mapping)}."
        )
    _check_duration(figures, mapping, settings["xdr_duration_unit"])
    return [
        *_lost_files(figures, mapping),
        *_check_volume(figures, before, mapping, settings["xdr_volume_unit"]),
    ]


def _total(figures: Iterable[dict], what: str) -> int:
    return sum(row[f"{what}_count"] for row in figures)


def _most(rejected: Iterable[dict]) -> dict:
    """Give the first row of the reason for which most records are rejected."""
    counts = Counter()
    for row in rejected:
        counts[row["reason"]] += row["record_count"]
    ((reason, _),) = counts.most_common(1)
    return next(row for row in rejected if row["reason"] == reason)


def _lost_files(figures: list[dict], mapping: list[dict]) -> list[str]:
    """Name the files of which nothing is accepted."""
    files = defaultdict(list)
    for row in figures:
        files[row["source_file"]].append(row)
    warnings = []
    for file, rows in files.items():
        if all(row["reason"] for row in rows):
            most = _most(rows)
            warnings.append(
                f"None of the {_total(rows, 'record')} records of {file} is accepted; "
                f"most are {most['reason']}, for example {most['detail']}"
                f"{_hint(most, mapping)}."
            )
    return warnings


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
        if reason == "unreadable_value" and ABBREVIATION.search(detail):
            return f"; {HOW_ZONES}"
        if reason == "unreadable_value":
            return f"; {HOW_WRITTEN.get(entry['field'], HOW_VOLUMES)}"
    return ""


HOW_VOLUMES = "vars xdr_volume_unit and xdr_csv.decimal say how volumes are written"
HOW_ZONES = (
    "abbreviations of time zones mean different zones in different countries, so cut "
    "them off with {sql: ...} in var xdr_columns, and set var xdr_timezone"
)
ABBREVIATION = re.compile(":[0-9]{2}[.0-9]* ?[A-Z]{2,5}$")
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


SLOWEST, FASTEST = 8, 125_000_000  # bytes per second
SLOW, FAST = 50, 500_000  # sessions hardly have less or more on average
LEAST_RECORDS = 30  # fewer may well be idle, or of one test
MOST_APART = 100  # how many times the rate of others a file's may be


def _check_volume(
    figures: list[dict], before: list[dict], mapping: list[dict], unit: str
) -> list[str]:
    """Compare volumes with durations: of all records, of each file, and with before."""
    columns = [e["source"] for e in mapping if e["field"] in ("dl_bytes", "ul_bytes")]
    read = f"{' and '.join(map(shown, columns))} read as '{unit}'"
    rated = [row for row in figures if row["rated_count"]]
    enough = [row for row in rated if row["rated_count"] >= LEAST_RECORDS]
    before = [row for row in before if row["rated_count"]]
    is_sure = _total(rated, "rated") >= LEAST_RECORDS
    warnings = _units_in_names(columns, unit)
    for rows in [rated, *([row] for row in enough)] if rated else []:
        rate = _rate(rows)
        if SLOW <= rate <= FAST:
            continue
        is_wrong = not SLOWEST <= rate <= FASTEST
        what = ("less", "any use of data") if rate < SLOW else ("more", "a gigabit")
        told = (
            f"The {_total(rows, 'rated')} new records with traffic and duration in "
            f"{rows[0]['source_file']}{' and other files' if rows[1:] else ''} have "
            f"{rate:,.3g} bytes per second, "
            f"{' than '.join(what) if is_wrong else f'{what[0]} than usual'}, with "
            f"{read}: set var xdr_volume_unit to a "
            f"{'larger' if rate < SLOW else 'smaller'} unit, or var xdr_duration_unit "
            f"if durations are wrong{'' if is_wrong else ', unless both are right'}."
        )
        if is_wrong and is_sure:
            raise ExportError(told)
        if rows is rated:
            warnings.append(told)
    down, up = (sum(row[f"{way}_bytes"] for row in rated) for way in ("dl", "ul"))
    if len(columns) == 2 and up > 2 * down:
        warnings.append(
            f"The new records have {up:,.4g} bytes up and only {down:,.4g} down, with "
            f"{read}: check that vars xdr_columns.dl_bytes and "
            "xdr_columns.ul_bytes are not exchanged."
        )
    for row in enough:
        others = [other for other in [*enough, *before] if other is not row]
        apart = _rate([row]) / _rate(others) if others else 1
        if not 1 / MOST_APART <= apart <= MOST_APART:
            warnings.append(
                f"The records of {row['source_file']} have {_rate([row]):,.3g} bytes "
                f"per second and those of others {_rate(others):,.3g}, with {read}: "
                "check that all are written in the unit of var xdr_volume_unit."
            )
    return warnings


def _units_in_names(columns: list[Source], unit: str) -> list[str]:
    """Name the columns whose names contradict the unit; 1,000 and 1,024 are alike."""
    return [
        f"Column '{column}' is read in '{unit}', but its name says '{told[0]}': check "
        "var xdr_volume_unit."
        for column in columns
        if isinstance(column, str) and (told := UNIT.search(column))
        and told[0][0].lower().replace("o", "b") != unit[0].lower()
    ]  # fmt: skip


UNIT = re.compile(
    "(?<![a-z])([kmg]i?b|([kmg]|kilo|mega|giga)?bytes?|octets?)(?![a-z])", re.I
)


def _rate(figures: list[dict]) -> float:
    """Divide bytes by seconds."""
    volume = sum(row["dl_bytes"] + row["ul_bytes"] for row in figures)
    return volume / sum(row["rated_seconds"] for row in figures)


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
