"""What macros ask: about files, about the project, about the key.

The macro ``ask`` calls these by name, with texts. They answer in JSON, since that
is what a macro can read: ``{"answer": ...}`` or ``{"error": sentence}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from engagement.export.files import ExportError, check_bytes, plan_load, read_header
from engagement.export.pseudonyms import KeyTooShortError, key_fingerprint

# What decides how a record is read, typed and judged; see `rules_for_records`.
RULES = (
    "macros/ingest/read_exports.sql",
    "macros/parse",
    "macros/privacy/masks.sql",
    "macros/privacy/pseudonyms.sql",
    "models/staging/stg_xdr__records.sql",
    "models/staging/stg_xdr__records_typed.sql",
)
COMMENT = re.compile(r"\{#.*?#\}|^\s*--.*?$", re.S | re.M)


@cache
def rules_for_records(project: str) -> str:
    """Hash the SQL that decides what a record is, its comments aside.

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
    return digest.hexdigest()


def in_json(function: Callable[..., Any]) -> Callable[..., str]:
    """Let a function answer as a macro can read it."""

    @wraps(function)  # DuckDB counts the arguments in the signature
    def answer(*arguments: str) -> str:
        try:
            return json.dumps({"answer": function(*arguments)})
        except (ExportError, KeyTooShortError) as error:
            return json.dumps({"error": str(error)})

    return answer


@in_json
def plan_load_of(path: str, loaded: str, settings: str) -> dict:
    """Ask `plan_load`, what is loaded being JSON."""
    return plan_load(path, json.loads(loaded), settings)


QUESTIONS: dict[str, Callable[..., str]] = {
    "plan_load": plan_load_of,
    "check_bytes": in_json(check_bytes),
    "read_header": in_json(read_header),
    "rules_for_records": in_json(rules_for_records),
    "key_fingerprint": in_json(key_fingerprint),
}
