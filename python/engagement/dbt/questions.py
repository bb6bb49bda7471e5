"""Functions that macros call: about files, about the project, about the key.

The macro ``ask`` calls them by name, with texts as arguments. They return JSON, which
macros can read: ``{"answer": ...}`` or ``{"error": sentence}``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any

from engagement.dbt.commands import Emptiness
from engagement.export.days import check_days
from engagement.export.guards import (
    check_columns,
    check_load,
    check_rules,
    describe_load,
    describe_missing,
    doubtful_texts,
)
from engagement.export.listing import ExportError, plan_load
from engagement.export.pseudonyms import KeyTooShortError, key_fingerprint
from engagement.export.reader import check_records, count_records, layouts_of
from engagement.export.zones import clock_steps, hours_of

# What determines how a record is read, typed and judged; see `rules_for_records`.
RULES = (
    "macros/engine/zones.sql",
    "macros/parse",
    "macros/privacy/masks.sql",
    "macros/privacy/pseudonyms.sql",
    "models/staging/stg_xdr__records.sql",
    "models/staging/stg_xdr__records_parsed.sql",
    "models/staging/stg_xdr__records_typed.sql",
)
COMMENT = re.compile(r"\{#.*?#\}|^\s*--.*?$", re.S | re.M)


@cache
def rules_for_records(project: str) -> str:
    """Hash the SQL that determines how a record is read, without its comments.

    Parameters
    ----------
    project : str
        Folder of the dbt project.
    """
    digest = sha256()
    for name in RULES:
        place = Path(project, name)
        for path in sorted(place.rglob("*.sql")) if place.is_dir() else [place]:
            sql = COMMENT.sub("", path.read_text(encoding="utf-8"))
            digest.update(" ".join(sql.split()).encode())
    digest.update(" ".join(doubtful_texts()).encode())  # see the macro is_user_id
    return digest.hexdigest()


def in_json(function: Callable[..., Any], *is_json: bool) -> Callable[..., str]:
    """Make a function return JSON that a macro can read.

    Parameters
    ----------
    function : callable
    is_json : bool
        For each argument, whether it is passed as JSON. Others are passed as text.
    """

    @wraps(function)  # DuckDB counts the arguments in the signature
    def answer(*arguments: str) -> str:
        try:
            values = [
                json.loads(argument) if structured else argument
                for argument, structured in zip_longest(arguments, is_json)
            ]
            return json.dumps({"answer": function(*values)})
        except (ExportError, KeyTooShortError) as error:
            return json.dumps({"error": str(error)})

    return answer


def planned(path: str, loaded: dict[str, str], settings: str) -> dict:
    """Plan a load, see `plan_load`; with --empty, a load of no files."""
    if Emptiness.is_on:
        return {"new": [], "leaving": [], "count": 0, "passed_over": []}
    return plan_load(path, loaded, settings)


def sample_of(project: str) -> str:
    """Name the sample of the project, from the working directory."""
    return os.path.relpath(Path(project, "seeds", "xdr_sample.csv"))


QUESTIONS: dict[str, Callable[..., str]] = {
    "plan_load": in_json(planned, False, True),
    "sample_of": in_json(sample_of),
    "check_records": in_json(check_records, True, True),
    "count_records": in_json(count_records, True, True),
    "layouts_of": in_json(layouts_of, True, True, True),
    "check_columns": in_json(check_columns, False, True, True),
    "describe_missing": in_json(describe_missing, True, True),
    "check_load": in_json(check_load, True, True, True),
    "doubtful_texts": in_json(doubtful_texts),
    "describe_load": in_json(describe_load, True, True),
    "check_days": in_json(check_days, True, True),
    "check_rules": in_json(check_rules),
    "rules_for_records": in_json(rules_for_records),
    "key_fingerprint": in_json(key_fingerprint),
    "clock_steps": in_json(clock_steps),
    "hours_of": in_json(hours_of),
}
