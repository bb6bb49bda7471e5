"""What macros ask: about files, about the project, about the key.

The macro ``ask`` calls these by name, with texts. They answer in JSON, since that
is what a macro can read: ``{"answer": ...}`` or ``{"error": sentence}``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from engagement.export.files import ExportError, check_bytes, plan_load, read_header
from engagement.export.pseudonyms import KeyTooShortError, key_fingerprint


@cache
def code_version() -> str:
    """Hash the files of the project that decide what a table holds."""
    project = Path(__file__).parents[3]
    digest = sha256((project / "dbt_project.yml").read_bytes())
    for folder in ("models", "macros", "seeds", "python/engagement"):
        for path in sorted((project / folder).rglob("*.*")):
            if path.suffix in {".sql", ".yml", ".py", ".csv"}:
                digest.update(path.name.encode() + path.read_bytes())
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
    "code_version": in_json(code_version),
    "key_fingerprint": in_json(key_fingerprint),
}
