"""Refuse a load if the export contradicts the settings, or itself."""

from __future__ import annotations

import re

from engagement.export.header import read_header
from engagement.export.listing import ExportError
from engagement.export.pseudonyms import read_key


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


def check_columns(file: str, mapping: list[dict]) -> None:
    """Refuse an export that lacks a mapped column, or whose ids have lost digits.

    Parameters
    ----------
    file : str
    mapping : list of dict
        ``column`` of the export, and the ``setting`` that names it.

    Raises
    ------
    ExportError
        If it does, or if the file cannot be read. If the file has no header, the
        message lists the values of a record; with the key set, long numbers in it
        are masked.
    """
    columns = read_header(file)
    names = [column["name"] for column in columns]
    missing = [entry for entry in mapping if entry["column"] not in names]
    if missing:
        listed = ", ".join(names)
        if read_key():
            listed = re.sub("[0-9]{5,}", "99999", listed)
        hint = f"set var {missing[0]['setting']} to one of {listed}"
        if len(missing) == len(mapping):
            hint = (
                "none of the mapped columns is there, so check that its first line "
                "holds the names of the columns, separated by commas"
            )
        raise ExportError(
            f"{file} has no column '{missing[0]['column']}', which var "
            f"{missing[0]['setting']} names; {hint}."
        )
    ids = next(e["column"] for e in mapping if e["setting"] == "xdr_columns.user_id")
    if {"name": ids, "type": "FLOAT"} in columns:
        raise ExportError(
            f"{file} has column '{ids}', which var xdr_columns.user_id names, as "
            "32-bit fractions: these keep seven digits, so that several subscribers "
            "become one; export it as text or whole numbers."
        )


def check_load(
    figures: list[dict], most_rejected: float, unit: str, duration: str
) -> None:
    """Refuse the records that were just loaded if they cannot be right as a whole.

    Parameters
    ----------
    figures : list of dict
        One for each rejection reason, and one for accepted records; see the macro
        load_figures.
    most_rejected : float
        The var max_rejected_share.
    unit, duration : str
        The vars xdr_duration_unit and xdr_columns.duration.

    Raises
    ------
    ExportError
        If too many records are rejected, or if the duration differs by more than a
        factor of 30 from the time between start and end in more than half of the
        records, so that its unit must be wrong.
    """
    rejected = [row for row in figures if row["reason"] is not None]
    count = sum(row["record_count"] for row in figures)
    rejected_count = sum(row["record_count"] for row in rejected)
    if rejected_count > count * most_rejected:
        most = max(rejected, key=lambda row: row["record_count"])
        detail = f" ({most['detail']})" if most["detail"] else ""
        raise ExportError(
            f"{rejected_count} of {count} new records are rejected, more than var "
            f"max_rejected_share ({most_rejected:g}) allows; most are "
            f"{most['reason']}, for example in {most['source_file']}{detail}."
        )
    longer, shorter, compared = (
        sum(row[f"{what}_count"] for row in figures)
        for what in ("long", "short", "compared")
    )
    if 2 * max(longer, shorter) > compared:
        is_long = longer > shorter
        raise ExportError(
            f"In {max(longer, shorter)} of {compared} new records, the duration is more"
            f" than 30 times {'longer' if is_long else 'shorter'} than the time from "
            f"start to end, with column '{duration}' read as '{unit}': set var "
            f"xdr_duration_unit to '{'ms' if is_long else 's'}', or var "
            "xdr_columns.duration to another column."
        )
