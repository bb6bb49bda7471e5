"""What `engagement inspect` prints. No id of a user is ever printed as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import yaml

from engagement.inspect.inspection import Inspection
from engagement.inspect.names import name_score
from engagement.inspect.proposal import Proposal
from engagement.inspect.trial import Outcome
from engagement.inspect.values import Column, looks_like_id
from engagement.report.formats import format_bytes, format_duration

WIDEST_VALUE, WIDEST_NAME = 26, 44
MOST_FILES = 5  # that are named
FEW = 20  # values that so few records share are no ids
# fields whose numbers say nothing about who a user is
PLAIN_FIELDS = (
    "started_at", "started_ms", "ended_at", "ended_ms", "duration", "dl_bytes",
    "ul_bytes",
)  # fmt: skip


def lines_of(inspected: Inspection, path: str) -> list[str]:
    """Write all that was found out about an export.

    Parameters
    ----------
    inspected : Inspection
    path : str
        As the user wrote it.
    """
    sections = [
        (f"Files of {path}", file_lines(inspected)),
        ("Columns", column_lines(inspected.proposal)),
    ]
    if inspected.changed:
        title = "Proposed vars, for vars in dbt_project.yml"
        sections.append((title, yaml_of(inspected.changed).splitlines()))
        doubts = [f"- {doubt}" for doubt in inspected.proposal.doubts]
        sections.append(("What may be wrong", doubts))
    present = outcome_lines(inspected.present)
    if inspected.proposal.variables["xdr_csv"]["columns"]:
        present = [_without_values(line, inspected.proposal) for line in present]
    sections.append(("With the present vars", present))
    if inspected.proposed:
        title = "With the proposed vars"
        sections.append((title, outcome_lines(inspected.proposed)))
    elif inspected.present.is_loaded:
        sections.append(("Proposed vars", ["None: the present vars load the export."]))
    lines: list[str] = []
    for title, body in sections:
        if body:
            lines += [title, *(f"  {line}" for line in body), ""]
    return lines[:-1]


def _without_values(line: str, proposal: Proposal) -> str:
    """Mask a record that a sentence takes for the names of the columns."""
    for column in proposal.columns:
        if column.values[0] and len(column.values[0]) > 2:
            line = line.replace(column.values[0], masked(column.values[0]))
    return line


def failure_of(inspected: Inspection, path: str) -> str:
    """Say in a sentence why no vars load the sample."""
    if inspected.proposal.lack:
        return f"'{path}': no vars can be proposed, since {inspected.proposal.lack}."
    return f"'{path}': the proposed vars do not load the sample, as said above."


def file_lines(inspected: Inspection) -> list[str]:
    """Say which files are read, which are passed over, and what was looked at."""
    files, passed_over = inspected.listing
    lines = [file["file"] for file in files[:MOST_FILES]]
    if more := len(files) - MOST_FILES:
        lines += [f"and {more:,} more"] if more > 0 else []
    lines += [
        f"{file['file']} is passed over because {file['because']}."
        for file in passed_over[:MOST_FILES]
    ]
    if len(passed_over) > MOST_FILES:
        lines.append(f"{len(passed_over) - MOST_FILES:,} more are passed over.")
    what = "All" if inspected.is_whole else "The first"
    of = "" if inspected.looked_at == 1 else f" of {inspected.looked_at} files"
    lines.append(f"{what} {inspected.records:,} records{of} were looked at.")
    return lines


def masked(text: str) -> str:
    """Put 9 for digits and x for letters."""
    return re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))


def examples_of(column: Column, fields: Iterable[str]) -> list[str]:
    """Show two values of a column, masked unless they can be no ids.

    Parameters
    ----------
    column : Column
    fields : iterable of str
        The fields that the column holds.
    """
    fields = set(fields)
    values = list(islice(column.distinct, 2))
    # a value of few is a word that many records share, but not an id or a number
    is_word = (
        len(column.distinct) <= min(FEW, len(column.filled) / 5)
        and not any(re.search("[0-9]{5,}|@", value) for value in column.distinct)
        and not name_score("user_id", column.source)
        and not looks_like_id(column)
    )
    is_plain = (
        column.kind in ("time", "duration")
        or bool(fields & set(PLAIN_FIELDS))
        or (is_word and not fields & {"user_id", "session_id"})
    )
    shown = values if is_plain else map(masked, values)
    return [_cut(value, WIDEST_VALUE) for value in shown]


def _cut(text: str, width: int) -> str:
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= width else plain[: width - 1] + "…"


def column_lines(proposal: Proposal) -> list[str]:
    """Write the table of columns: name, type, share missing, field, two values."""
    fields: dict[str, list[str]] = {}
    for field, source in proposal.variables.get("xdr_columns", {}).items():
        if isinstance(source, str):
            fields.setdefault(source, []).append(field)
    for one in proposal.variables.get("applications", []):
        for part in ("dl", "ul"):
            if part in one:
                fields.setdefault(one[part], []).append(f"{one['name']}: {part}")
    rows = [("column", "type", "missing", "field", "example values")]
    for column in proposal.columns:
        own = fields.get(column.source, [])
        kind = " ".join([column.kind, *column.formats[:1]])
        rows.append((
            _cut(column.source, WIDEST_NAME), kind,
            f"{column.missing_share:.0%}" if column.missing_share else "",
            ", ".join(own), "   ".join(examples_of(column, own)),
        ))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return [
        "  ".join([*map(str.ljust, row[:4], widths), row[4]]).rstrip() for row in rows
    ]


def yaml_of(variables: Mapping[str, Any]) -> str:
    """Write vars as YAML, as they stand under vars in dbt_project.yml."""
    if not variables:
        return "{}\n"
    return yaml.safe_dump(
        dict(variables), sort_keys=False, allow_unicode=True, width=80
    )


def outcome_lines(outcome: Outcome) -> list[str]:
    """Say what a load of the sample does."""
    if outcome.refusal:
        return [f"The load would be refused: {outcome.refusal}"]
    count = sum(count for count, _ in outcome.rejected.values())
    accepted = outcome.accepted.get("records", 0)
    lines = [f"The load would accept {accepted:,} of {accepted + count:,} records."]
    if outcome.accepted:
        of = outcome.accepted
        lines.append(
            f"They are of {of['users']:,} users, {of['first_day']} to "
            f"{of['last_day']}, with {format_duration(of['duration_ms'])}, "
            f"{format_bytes(of['dl_bytes'])} down and "
            f"{format_bytes(of['ul_bytes'])} up, before a build removes copies."
        )
    for reason, (number, detail) in outcome.rejected.items():
        example = f", for example {detail}" if detail else ""
        lines.append(f"{number:,} would be rejected as {reason}{example}.")
    return lines + outcome.warnings
