"""Try vars on a sample: dbt loads it into a warehouse that is thrown away."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from engagement.inspect.sampling import Sample

FIGURES = """
    select
        rejection_reason,
        count(*),
        any_value(rejection_detail),
        count(distinct user_id),
        cast(min(session_date) as varchar),
        cast(max(session_date) as varchar),
        cast(sum(duration_ms) as bigint),
        cast(sum(dl_bytes) as bigint),
        cast(sum(ul_bytes) as bigint)
    from staging.stg_xdr__records
    group by rejection_reason
    order by count(*) desc
"""


class Outcome(NamedTuple):
    """What a load of the sample does.

    Attributes
    ----------
    refusal : str
        Why the load is refused, in a sentence; empty if it is not.
    warnings : list of str
        Sentences that the load would log.
    accepted : dict
        ``records``, ``users``, ``first_day``, ``last_day``, ``duration_ms``,
        ``dl_bytes`` and ``ul_bytes``; empty if nothing is accepted.
    rejected : dict of str to (int, str)
        Of each reason, the number of records and the detail of one.
    """

    refusal: str
    warnings: list[str]
    accepted: dict[str, Any]
    rejected: dict[str, tuple[int, str]]

    @property
    def is_loaded(self) -> bool:
        """Whether the load accepts records."""
        return not self.refusal and bool(self.accepted)


def try_load(sample: Sample, variables: Mapping[str, Any], scratch: Path) -> Outcome:
    """Load a sample with the SQL of the project, run by dbt.

    Parameters
    ----------
    sample : Sample
    variables : mapping
        As dbt's ``--vars``.
    scratch : Path
        An empty folder for all that dbt writes.
    """
    # importing dbt takes a second, which other commands would pay for
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    events: list[Any] = []
    command = ["run", "--select", "stg_xdr__records", "--target", "duckdb"]
    command += ["--target-path", str(scratch / "target"), "--log-path", str(scratch)]
    command += ["--log-level", "none", "--vars", json.dumps(dict(variables))]
    environment = {
        "XDR_PATH": f"{sample.folder.as_posix()}/**/*",
        "ENGAGEMENT_OUTPUT": str(scratch),
        # with a key, the sentences of the load mask what they quote
        "DBT_ENV_SECRET_PSEUDONYM_KEY": secrets.token_hex(32),
    }
    with _environment(environment):
        ran = dbtRunner(callbacks=[events.append]).invoke(command)
        DuckDBConnectionManager.close_all_connections()
    if isinstance(ran.exception, KeyboardInterrupt):
        raise ran.exception
    failed = [
        entry.message
        for entry in getattr(ran.result, "results", [])
        if entry.status in ("error", "fail")
    ]
    warnings = [e.data.msg for e in events if e.info.name == "JinjaLogWarning"]
    warnings = [sample.named(text) for text in warnings]
    if not ran.success:
        message = failed[0] if failed else str(ran.exception)
        return Outcome(sample.named(sentence_of(message)), warnings, {}, {})
    with duckdb.connect(scratch / "warehouse.duckdb", read_only=True) as connection:
        rows = connection.execute(FIGURES).fetchall()
    names = ("records", "users", "first_day", "last_day", "duration_ms")
    names += ("dl_bytes", "ul_bytes")
    accepted = [(count, *rest) for reason, count, _, *rest in rows if not reason]
    return Outcome(
        "",
        warnings,
        dict(zip(names, accepted[0], strict=True)) if accepted else {},
        {
            reason: (count, sample.named(detail or ""))
            for reason, count, detail, *_ in rows
            if reason
        },
    )


@contextmanager
def _environment(changed: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changed)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def sentence_of(message: str) -> str:
    """Take the sentence out of an error of dbt.

    Parameters
    ----------
    message : str
        The sentence; or a line that says where it was raised, the sentence, indented,
        and the macros that led to it.
    """
    lines = [line.strip() for line in message.strip().splitlines()]
    if len(lines) > 1 and " Error" in lines[0]:
        del lines[0]
    return next((line for line in lines if line), "The load failed.")
