"""Read exports as a load does, without dbt: render the macros and run their SQL.

A build takes seconds, and records are written in far more ways than tests can build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import yaml
from conftest import ROOT
from jinja2 import Environment

from engagement.dbt.questions import QUESTIONS
from engagement.export.guards import check_columns
from engagement.export.listing import find_exports
from engagement.export.reader import count_records, layouts_of
from engagement.export.sources import literal
from engagement.settings import check_vars

DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
MACRO = re.compile(r"({%-? macro) (\w+)(\(.*?{%-? endmacro -?%})", re.S)
NOW = datetime(2030, 1, 1)  # when exports of tests are loaded


class Returned(Exception):
    """What ``return`` of a macro gives."""


def give_back(value: Any) -> None:
    raise Returned(value)


@cache
def sources() -> dict[str, str]:
    """Read the macros by name.

    In its source, each is called ``rendered``, so that a macro that calls itself calls
    what catches what it returns.
    """
    return {
        found[2]: f"{found[1]} rendered{found[3]}"
        for path in (ROOT / "macros").rglob("*.sql")
        for found in MACRO.finditer(path.read_text("utf-8"))
    }


class Staging:
    """The macros and the models of staging, with vars of their own."""

    def __init__(self, **variables: Any) -> None:
        settings = DEFAULTS | variables
        check_vars(settings)
        self.settings = settings
        self.environment = Environment(extensions=["jinja2.ext.do"])
        self.environment.globals |= {name: self[name] for name in sources()} | {
            "return": give_back,
            "var": settings.__getitem__,
            "modules": SimpleNamespace(re=re),
            "adapter": SimpleNamespace(dispatch=lambda name: self[f"duckdb__{name}"]),
            "execute": True,
            "config": lambda **_: "",
            "source": lambda *_: "",
            "ref": lambda name: f"({self.model(name)})",
            "run_started_at": NOW,
            "ask": self._ask,
            "due_layouts": lambda: self.layouts,
        }
        self.macros: dict[str, Callable[..., Any]] = {}
        self.layouts: list[dict] = []
        self.counts: list[dict] = []

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """Make a function of a macro."""

        def call(*arguments: Any, **named: Any) -> Any:
            if name not in self.macros:
                template = self.environment.from_string(sources()[name])
                self.macros[name] = template.module.rendered
            try:
                return self.macros[name](*arguments, **named)
            except Returned as returned:
                return returned.args[0]

        return call

    def _ask(self, question: str, arguments: list[str]) -> Any:
        reply = json.loads(QUESTIONS[question](*arguments))
        assert "error" not in reply, reply
        return reply["answer"]

    def model(self, name: str) -> str:
        """Render a model of staging."""
        path = ROOT / "models" / "staging" / f"{name}.sql"
        return self.environment.from_string(path.read_text("utf-8")).render()

    def value(self, macro: str, text: object, kind: str = "VARCHAR") -> Any:
        """Tell what a macro of a column and its type makes of a value."""
        sql = self[macro](f"(value::{kind})", kind)
        return self.query(f"from (select {literal(text)} as value)", sql)[0][0]

    def read(self, *files: Path | str) -> None:
        """Check, count and find out how to read exports, as a build does."""
        exports = [
            export | {"version": ""}
            for file in files
            for export in find_exports(str(file)).exports
        ]
        mapping, options = self["xdr_mapping"](), self["csv_options"]()
        for export in exports:
            check_columns(export["file"], mapping, options)
        self.counts = count_records(exports, options)
        self.layouts = layouts_of(self.counts, mapping, options)

    def fields(self, *files: Path | str, of: Iterable[str] = ()) -> list[tuple]:
        """Read fields as written."""
        self.read(*files)
        wanted = ", ".join(of) or "*"
        return self.query(
            " union all ".join(f"from {one['relation']}" for one in self.layouts),
            wanted,
        )

    def records(self, *files: Path | str, columns: str) -> list[tuple]:
        """Read records, typed and judged."""
        self.read(*files)
        return self.query(f"from ({self.model('stg_xdr__records')})", columns)

    def query(self, relation: str, columns: str) -> list[tuple]:
        """Select columns from a relation."""
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")  # as in profiles.yml
            return connection.execute(f"select {columns} {relation}").fetchall()
