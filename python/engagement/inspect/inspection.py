"""Inspect an export: look at a sample, propose vars, and try them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from engagement.export.listing import ExportError, Listing, find_exports
from engagement.inspect.proposal import Proposal, differing, propose, with_nulls
from engagement.inspect.sampling import take_sample
from engagement.inspect.trial import Outcome, try_load

PROJECT = "dbt_project.yml"


class InspectionError(ValueError):
    """An export that cannot be inspected; the message is one sentence."""


class Inspection(NamedTuple):
    """What was found out about an export.

    Attributes
    ----------
    listing : Listing
        The files that would be read, and those that would be passed over.
    looked_at : int
        How many files the sample is taken from.
    records : int
        How many records the sample has.
    is_whole : bool
        Whether the sample is the whole export.
    proposal : Proposal
    present : Outcome
        What a load with the present vars does.
    changed : dict
        The vars to change; if the present ones load the sample, at most null texts.
    proposed : Outcome or None
        What a load with the proposed vars does; None if nothing is to be changed or
        nothing can be proposed.
    """

    listing: Listing
    looked_at: int
    records: int
    is_whole: bool
    proposal: Proposal
    present: Outcome
    changed: dict[str, Any]
    proposed: Outcome | None

    @property
    def is_loaded(self) -> bool:
        """Whether the vars that remain load the sample."""
        return (self.proposed or self.present).is_loaded


def inspect(path: str, variables: str) -> Inspection:
    """Inspect the files that a path names; nothing of them is kept.

    Parameters
    ----------
    path : str
        As ``XDR_PATH``.
    variables : str
        YAML, as dbt's ``--vars``.

    Raises
    ------
    ExportError
        If the files cannot be read, whatever the vars are.
    InspectionError
        If the project or the vars cannot be read, or if no file holds a record.
    """
    given = _mapping(variables, "--vars")
    present = _project_vars() | given
    listing = find_exports(path)
    with TemporaryDirectory(prefix="engagement-inspect-") as folder:
        sample = take_sample(listing.exports, Path(folder, "export"))
        if not sample.files:
            raise InspectionError(f"'{path}' has no file that holds a record.")
        try:
            proposal = propose(sample, present)
        except ExportError as error:
            raise ExportError(sample.named(str(error))) from error
        records = max((len(c.values) for c in proposal.columns), default=0)
        if not records:
            raise InspectionError(f"'{path}' has no file that holds a record.")
        now = try_load(sample, given, Path(folder, "present"))
        changed, tried = {}, None
        if now.is_loaded:
            changed = with_nulls(proposal.variables, present)
        elif not proposal.lack:
            changed = differing(proposal.variables, present)
        if changed:
            tried = try_load(sample, given | changed, Path(folder, "proposed"))
        return Inspection(
            listing, len(sample.files), records, sample.is_whole, proposal, now,
            changed, tried,
        )  # fmt: skip


def _project_vars() -> dict[str, Any]:
    """Read the vars of the project in the working directory, as dbt would."""
    try:
        text = Path(PROJECT).read_text(encoding="utf-8")
    except OSError as error:
        raise InspectionError(
            f"{PROJECT} cannot be read ({error.strerror}): run the command in the "
            "folder of the project."
        ) from error
    project = _mapping(text, PROJECT)
    written = dict(project.get("vars") or {})
    return written | (written.pop(project.get("name"), None) or {})


def _mapping(text: str, name: str) -> dict[str, Any]:
    try:
        read = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise InspectionError(f"{name} is not YAML: {reason}.") from error
    if not isinstance(read, Mapping):
        raise InspectionError(f"{name} must map names to values, not be '{read}'.")
    return dict(read)
