"""Make vars of what was found in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engagement.inspect.fields import Found, NothingFoundError, find_fields
from engagement.inspect.sampling import (
    CSV_DEFAULTS,
    Read,
    Sample,
    guess_csv,
    read_sample,
)
from engagement.inspect.values import (
    Column,
    agree_on_days,
    examine,
    has_decimal_commas,
    id_pattern,
    null_texts,
)
from engagement.settings import XdrColumns

HEAD_BYTES = 262_144
ID_DEFAULT = "[0-9]{5,15}"


class Proposal(NamedTuple):
    """The vars that an export needs, as far as a sample shows.

    Attributes
    ----------
    columns : list of Column
        All columns of the sample.
    found : Found or None
        Which of them holds which field.
    variables : dict
        All vars that say how exports are read.
    lack : str
        Why there are none; empty if there are some.
    doubts : list of str
        A sentence for each guess that may be wrong.
    """

    columns: list[Column]
    found: Found | None
    variables: dict[str, Any]
    lack: str
    doubts: list[str]


def propose(sample: Sample, present: Mapping[str, Any]) -> Proposal:
    """Propose vars for the files of a sample.

    Parameters
    ----------
    sample : Sample
    present : mapping
        The vars as they are.

    Raises
    ------
    ExportError
        If the sample cannot be read.
    """
    options = dict(CSV_DEFAULTS)
    first = next(iter(sample.files))
    if first.endswith(".csv"):
        with open(first, "rb") as stream:  # noqa: PTH123
            options |= guess_csv(stream.read(HEAD_BYTES))
    read = read_sample(sample, options)
    nulls = null_texts(read.values.values())
    columns = _columns(read, set(nulls))
    formats = present.get("xdr_timestamp_formats")
    agree_on_days(columns, formats if isinstance(formats, list) else [])
    if has_decimal_commas(columns):
        options["decimal"] = ","
    options["nulls"] = nulls
    try:
        found = find_fields(columns)
    except NothingFoundError as error:
        return Proposal(columns, None, {"xdr_csv": options}, f"{error}", [])
    variables = _variables(found, options)
    return Proposal(columns, found, variables, "", found.doubts + _doubts(found))


def _columns(read: Read, nulls: set[str]) -> list[Column]:
    return [
        examine(
            source,
            [None if v is not None and v.strip() in nulls else v for v in values],
            read.kinds[source],
        )
        for source, values in read.values.items()
    ]


def _variables(found: Found, options: dict) -> dict[str, Any]:
    formats = [
        form
        for name in ("started_at", "ended_at")
        if name in found.used
        for form in found.used[name].formats
    ]
    return {
        "xdr_csv": options,
        "xdr_columns": {
            name: found.columns[name]
            for name in XdrColumns.model_fields
            if name in found.columns
        },
        "xdr_timestamp_formats": list(dict.fromkeys(formats)),
        "xdr_duration_unit": found.duration_unit,
        "xdr_volume_unit": found.volume_unit,
        "user_id_pattern": id_pattern(found.used["user_id"]) or ID_DEFAULT,
        "applications": found.applications,
    }


def _doubts(found: Found) -> list[str]:
    doubts = []
    times = {n: found.used[n] for n in ("started_at", "ended_at") if n in found.used}
    for column in times.values():
        if column.other_formats:
            doubts.append(
                f"Day and month of '{column.source}' may be swapped: with '"
                f"{column.formats[0]}' its days are closest together, but '"
                f"{column.other_formats[0]}' reads all values too."
            )
            break
    if any(_is_local(column) for column in times.values()):
        doubts.append(
            "Times carry no offset and are read as UTC: set xdr_timezone if clocks of "
            "another zone wrote them."
        )
    if "dl_bytes" not in found.columns:
        doubts.append("No column looks like a volume, so all sessions have 0 bytes.")
    for name, other in (("dl", "ul"), ("ul", "dl")):
        if f"{name}_bytes" in found.columns and f"{other}_bytes" not in found.columns:
            doubts.append(f"No column looks like {other.upper()} bytes: they count 0.")
    if len(found.columns.keys() & {"session_id", "duration"}) == 2:
        doubts.append(
            f"Several records share '{found.columns['session_id']}': their volumes are "
            "added, which is wrong if each record repeats what was counted before."
        )
    if "application" in found.used and "session_id" not in found.used:
        doubts.append(
            f"Each record has one '{found.used['application'].source}', and counts as "
            "a session, since no column names the session that several records share."
        )
    return doubts


def _is_local(column: Column) -> bool:
    """Tell whether times have no offset, and are no epoch."""
    if any(
        form.startswith("epoch_") or "%z" in form.lower() for form in column.formats
    ):
        return False
    texts = column.distinct[:50]
    return not all(text[-1:] in "Zz" or _offset(text) for text in texts)


def _offset(text: str) -> bool:
    return len(text) > 11 and any(mark in text[11:] for mark in "+-")


def differing(
    proposed: Mapping[str, Any], present: Mapping[str, Any]
) -> dict[str, Any]:
    """Keep the vars that would change how exports are read now.

    Parameters
    ----------
    proposed : mapping
        As `Proposal.variables`.
    present : mapping
        The vars of the project.

    Returns
    -------
    dict
        xdr_csv has only the keys that differ from their defaults.
    """
    changed: dict[str, Any] = {}
    for name, value in proposed.items():
        now = present.get(name)
        if name in ("xdr_csv", "xdr_columns"):
            # a var may be no mapping; then the load with it is refused
            now = dict(now) if isinstance(now, Mapping) else {}
        if name == "xdr_csv":
            if value != CSV_DEFAULTS | now:
                differs = {k: v for k, v in value.items() if v != CSV_DEFAULTS[k]}
                changed[name] = differs
        elif name == "xdr_timestamp_formats":
            # ISO 8601 needs no format, and those that read nothing do no harm
            if value and value != now:
                changed[name] = value
        elif name == "xdr_columns":
            if value != {k: v for k, v in now.items() if v}:
                changed[name] = value
        elif value != now:
            changed[name] = value
    return changed


def with_nulls(
    proposed: Mapping[str, Any], present: Mapping[str, Any]
) -> dict[str, Any]:
    """Add the null texts that the present vars would load as values.

    Parameters
    ----------
    proposed : mapping
        As `Proposal.variables`.
    present : mapping
        The vars of the project, which load the export.

    Returns
    -------
    dict
        Nothing, or the present var xdr_csv with more nulls.
    """
    now = dict(present.get("xdr_csv") or {})
    nulls = {*(now.get("nulls") or []), *proposed["xdr_csv"]["nulls"]}
    if len(nulls) == len(now.get("nulls") or []):
        return {}
    options = CSV_DEFAULTS | now | {"nulls": sorted(nulls)}
    return {"xdr_csv": {k: v for k, v in options.items() if v != CSV_DEFAULTS[k]}}
