"""Run compiled models in memory: thousands of builds, each a second without dbt."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from conftest import Project

from engagement.allocation import order_places

Node = dict[str, Any]
DATE = re.compile(r"date '[0-9-]+'")


def relation(node: Node) -> str:
    return f'warehouse."{node["schema"]}"."{node["alias"]}"'


def _now(days: dict[str, str], found: re.Match) -> str:
    return days.get(found[0], found[0])


@dataclass
class Compiled:
    """The models of a build, with the SQL that dbt ran.

    Parameters
    ----------
    project : Project
        With a warehouse that was built from nothing; its tables are copied. Models in
        Python keep the rows that they had then.
    """

    project: Project
    models: dict[str, Node] = field(init=False)
    tests: dict[str, Node] = field(init=False)
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        manifest = json.loads(self.manifest.read_text(encoding="utf-8"))
        self.nodes, self.unit_tests = manifest["nodes"], manifest["unit_tests"]
        order = TopologicalSorter(
            {
                key: [one for one in node["depends_on"]["nodes"] if one in self.nodes]
                for key, node in self.nodes.items()
                if node["resource_type"] in ("model", "test")
            }
        ).static_order()
        kinds: dict[str, dict[str, Node]] = {"model": {}, "test": {}, "seed": {}}
        for key in order:
            node = self.nodes[key]
            kinds[node["resource_type"]][node["name"]] = node
        self.models, self.tests = kinds["model"], kinds["test"]
        self.connection = duckdb.connect(":memory:", config={"threads": 1})
        self.connection.execute("set timezone = 'UTC'")
        self.connection.create_function(
            "order_places", order_places, ["VARCHAR", "VARCHAR"], "VARCHAR"
        )
        # the built file stays open: changed tables are copied from it again
        self.connection.execute("attach ':memory:' as warehouse")
        built = self.project.output / "warehouse.duckdb"
        self.connection.execute(f"attach '{built}' as built (read_only)")
        tables = self.connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where database_name = 'built'"
        ).fetchall()
        for schema in {schema for schema, _ in tables} | {"published"}:
            self.connection.execute(f'create schema warehouse."{schema}"')
        for table in tables:
            self.copy(*table)
        self.run(self.of_kind("view"))
        self.built_days = self.days()

    @property
    def manifest(self) -> Path:
        return self.project.target / "manifest.json"

    def copy(self, schema: str, table: str) -> None:
        name = f'"{schema}"."{table}"'
        self.connection.execute(
            f"create or replace table warehouse.{name} as from built.{name}"
        )

    def restore(self, names: list[str]) -> None:
        """Make models as they were built."""
        for name in names:
            node = self.models[name]
            if node["config"]["materialized"] == "view":
                self.run([name])
            elif node["config"]["materialized"] != "ephemeral":
                self.copy(node["schema"], node["alias"])

    def of_kind(self, *kinds: str) -> list[str]:
        """List models by how they are built, causes first."""
        return [
            name
            for name, node in self.models.items()
            if node["config"]["materialized"] in kinds
        ]

    def descendants(self, changed: set[str]) -> list[str]:
        """List the models that follow from others, causes first."""
        found = {self.models[name]["unique_id"] for name in changed}
        names = []
        for name, node in self.models.items():
            if found.intersection(node["depends_on"]["nodes"]):
                found.add(node["unique_id"])
                names.append(name)
        return names

    def load(self, records: pd.DataFrame) -> None:
        """Put other records in the place of those that were built, and build."""
        self.connection.register("others", records)
        self.connection.execute(
            "delete from warehouse.staging.stg_xdr__records;"
            " insert into warehouse.staging.stg_xdr__records by name from others"
        )
        self.run(self.descendants({"stg_xdr__records"}))

    def days(self) -> list[str]:
        """List the days that in_period writes into models."""
        ((period),) = self.query(
            "select starts_on, ends_on, previous_starts_on, previous_ends_on"
            " from marts.engagement_period"
        )
        return [f"date '{day}'" for day in period]

    def run(self, names: list[str], changed: dict[str, str] | None = None) -> None:
        """Build models anew, some of them from other SQL."""
        days: dict[str, str] = {}
        for name in names:
            node = self.models[name]
            kind = node["config"]["materialized"]
            if node["language"] == "python" or kind == "ephemeral":
                continue
            made = "view" if kind == "view" else "table"
            sql = (changed or {}).get(name, node["compiled_code"])
            sql = DATE.sub(partial(_now, days), sql)
            self.connection.execute(
                f"create or replace {made} {relation(node)} as {sql}"
            )
            if name == "engagement_period":
                days = dict(zip(self.built_days, self.days(), strict=True))

    def failed_tests(self, names: set[str]) -> list[str]:
        """Run the data tests that look at any of these models; list the failed."""
        ids = {self.models[name]["unique_id"] for name in names}
        return [
            name
            for name, node in self.tests.items()
            if ids.intersection(node["depends_on"]["nodes"])
            and self.connection.execute(
                f"select 1 from ({node['compiled_code']}) limit 1"
            ).fetchone()
        ]

    def table(self, name: str, schema: str) -> list[dict[str, Any]]:
        """Read a table with the names of its columns."""
        found = self.connection.execute(f"from warehouse.{schema}.{name}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def query(self, sql: str) -> list[tuple]:
        self.connection.execute("use warehouse")
        return self.connection.execute(sql).fetchall()
