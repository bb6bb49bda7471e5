"""Change the models one operator at a time, and list what no test notices.

Each mutant is built in memory on small exports, together with all models that follow
from it. It is killed if a query fails, if a data test fails, if a mart differs from
what plain Python computes (tests/python/recomputed.py), if what is published tells of
few users (tests/python/test_small_groups.py), or if a unit test of the model fails.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import click
from rich.console import Console
from rich.progress import track

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import recomputed as again  # noqa: E402
import test_recomputed  # noqa: E402
import test_small_groups  # noqa: E402
from compiled import Compiled  # noqa: E402
from conftest import DBT, SAMPLE, Project, copy_of_project  # noqa: E402
from mutations import Mutant, mutants_of  # noqa: E402

RECORDS = "stg_xdr__records"
EQUIVALENT = HERE / "equivalent.toml"
# Quick ones first: most mutants do not survive any of them.
CASES = ("faults", "three_users", "two_periods", "put_back", "sample")
# Unit tests read rows of other days than those of an export.
IN_PERIOD = re.compile(r"[\w.]*session_date between date '[0-9-]+' and date '[0-9-]+'")


@dataclass
class Rebuilt(test_recomputed.Built):
    """An export that was built, whose marts are made anew in memory."""

    @cached_property
    def compiled(self) -> Compiled:
        return Compiled(self.project)

    def table(self, name: str, schema: str = "marts") -> list[dict[str, Any]]:
        found = self.compiled.connection.execute(f"from warehouse.{schema}.{name}")
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    @cached_property
    def truth(self) -> dict[tuple, set[str]]:
        return test_small_groups.truth_of(self.compiled)

    @cached_property
    def mutants(self) -> dict[str, dict[str, Mutant]]:
        return {}

    def mutant(self, model: str, key: str) -> Mutant | None:
        """Find a mutant in the SQL of this export, which other settings may change."""
        if model not in self.mutants:
            sql = self.sql(model)
            self.mutants[model] = {one.key: one for one in mutants_of(model, sql)}
        return self.mutants[model].get(key)

    @cached_property
    def is_read_whole(self) -> bool:
        """Whether the SQL of the records gives all: it lists no malformed lines."""
        return self.noticed({RECORDS: self.sql(RECORDS)}) is None

    def sql(self, model: str) -> str:
        return self.compiled.models[model]["compiled_code"]

    def killer(self, mutant: Mutant) -> str | None:
        """Build a mutant and what follows; name what notices it."""
        if mutant.model == RECORDS and not self.is_read_whole:
            return None
        return self.noticed({mutant.model: mutant.sql})

    def noticed(self, changed: dict[str, str]) -> str | None:
        compiled = self.compiled
        truth = self.truth  # before anything is changed
        names = [*changed, *compiled.descendants({*changed})]
        try:
            try:
                compiled.run(names, changed)
            except Exception:
                return "error"
            if compiled.failed_tests({*names}):
                return "data test"
            for check in self.checks({*names}):
                try:
                    check(self)
                except Exception:
                    return "recomputed marts"
            tables = test_small_groups.published(compiled, "published")
            if test_small_groups.shown(tables, truth):
                return "small groups"
            return None
        finally:
            compiled.restore(names)

    @staticmethod
    def checks(names: set[str]) -> Iterator[Callable[[Any], None]]:
        yield test_recomputed.test_marts
        if "rejected_records" in names:
            yield test_recomputed.test_rejected_records
        if "location_hours" in names:
            yield test_recomputed.test_location_hours
        if "hourly_traffic" in names:
            yield test_recomputed.test_hourly_traffic


def rebuilt(name: str, folder: Path) -> Rebuilt:
    """Build an export from nothing, in one delivery."""
    case = test_recomputed.CASES[name]
    settings = test_recomputed.DEFAULTS | case.settings
    project = Project(folder / name / "output", folder / name / "target")
    exports = folder / name / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    files = [
        again_written(exports / file, records, number)
        for number, (file, records) in enumerate(
            one for delivery in case.deliveries() for one in delivery.items()
        )
    ] or [SAMPLE]
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if case.settings:
        arguments += ["--vars", json.dumps(case.settings)]
    exports = SAMPLE if files == [SAMPLE] else exports
    if not project.output.exists():
        result = project.run(
            DBT, *arguments, xdr=SAMPLE if files == [SAMPLE] else exports
        )
        if result.failed:
            raise click.ClickException(result.text)
    load = again.read_export(files, settings["report_timezone"])
    period = again.engagement_period(load.sessions, settings["engagement_days"])
    users = again.user_engagement(again.sessions_now(load.sessions, period), period)
    return Rebuilt(case, project, settings, load, users, period["covered_days"])


def again_written(path: Path, records: list[dict], number: int) -> Path:
    """Write a file of an export; those written later were modified earlier."""
    test_recomputed.write_export(path, records)
    os.utime(path, (1_700_000_000 - 60 * number,) * 2)
    return path


# Unit tests


@dataclass
class UnitTests:
    """A copy of the project in which one model is another after the other."""

    folder: Path
    compiled: Compiled

    def __post_init__(self) -> None:
        root = copy_of_project(self.folder / "project")
        output = self.folder / "output"
        shutil.copytree(self.compiled.project.output, output)
        self.project = Project(output, self.folder / "target", root)
        self.baseline: dict[str, set[str]] = {}

    def passed(self, model: str, sql: str) -> set[str]:
        """Run the unit tests of a model with other SQL; list those that pass."""
        node = self.compiled.models[model]
        sql = IN_PERIOD.sub("true", sql)
        for key in node["depends_on"]["nodes"]:
            if cause := self.compiled.nodes.get(key):
                name = f'{{{{ ref("{cause["name"]}") }}}}'
                sql = sql.replace(
                    f'"warehouse"."{cause["schema"]}"."{cause["alias"]}"', name
                )
        path = self.project.root / node["original_file_path"]
        original = path.read_text(encoding="utf-8")
        config = '{{{{ config(materialized="table", alias="{}") }}}}\n'
        path.write_text(config.format(node["alias"]) + sql, encoding="utf-8")
        try:
            result = subprocess.run(
                [DBT, "--no-use-colors", "test", "--select", f"{model},test_type:unit"],
                cwd=self.project.root,
                env=self.project.environment(""),
                capture_output=True,
                text=True,
            )
        finally:
            path.write_text(original, encoding="utf-8")
        return set(re.findall(rf"PASS {model}::(\w+)", result.stdout))

    def notice(self, mutant: Mutant) -> bool:
        """Whether a unit test passes without the mutant only."""
        model = mutant.model
        if model not in self.baseline:
            sql = self.compiled.models[model]["compiled_code"]
            self.baseline[model] = self.passed(model, sql)
        passed = self.baseline[model]
        return bool(passed) and passed != self.passed(model, mutant.sql)


# All of it


@dataclass
class Hunt:
    """What kills mutants, in each process."""

    folder: Path
    cases: list[Rebuilt]

    @cached_property
    def unit_tests(self) -> UnitTests:
        return UnitTests(Path(mkdtemp(dir=self.folder)), self.cases[-1].compiled)

    def mutants(self) -> list[tuple[str, str]]:
        """List the mutants of the last export by model and key."""
        compiled = self.cases[-1].compiled
        return [
            (model, mutant.key)
            for model, node in compiled.models.items()
            if node["language"] == "sql"
            and node["config"]["materialized"] != "ephemeral"
            for mutant in mutants_of(model, node["compiled_code"])
        ]

    def killer(self, model: str, key: str) -> str | None:
        """Name what notices a mutant, if anything does."""
        for case in self.cases:
            for mutant in both(case.mutant(model, key)):
                if found := case.killer(mutant):
                    return found
        mutants = both(self.cases[-1].mutant(model, key))
        return "unit test" if any(map(self.unit_tests.notice, mutants)) else None


def both(mutant: Mutant | None) -> list[Mutant]:
    """List the first and the last of a change."""
    return [one for one in (mutant, mutant and mutant.last) if one]


def kill(mutant: tuple[str, str]) -> str | None:
    """Kill a mutant in a process that was forked from this one."""
    return HUNTS[0].killer(*mutant)


HUNTS: list[Hunt] = []


def equivalent() -> dict[str, str]:
    """Read which mutants do the same as the model, and why."""
    with EQUIVALENT.open("rb") as stream:
        groups = tomllib.load(stream)["mutants"]
    return {key: group["because"] for group in groups for key in group["keys"]}


def survivors(
    folder: Path,
    cases: Sequence[str] = CASES,
    sample: int | None = None,
    seed: int = 0,
    models: Sequence[str] = (),
    jobs: int = 2,
) -> tuple[Counter, list[Mutant]]:
    """Build the exports, then all mutants or some.

    Returns
    -------
    Counter, list of Mutant
        How many each kind of check has killed, and what has survived all.
    """
    hunt = Hunt(folder, [rebuilt(name, folder) for name in cases])
    HUNTS[:] = [hunt]
    context = get_context("fork")  # what was read and built is shared
    with ProcessPoolExecutor(1, context) as pool:
        mutants = pool.submit(_listed).result()
        unchanged = pool.map(_unchanged, range(len(cases)))
        for case, killer in zip(cases, unchanged, strict=True):
            if killer:
                raise click.ClickException(f"{case} fails without a change: {killer}.")
    known = equivalent()
    mutants = [
        one
        for one in mutants
        if one[1] not in known and (not models or one[0] in models)
    ]
    if sample is not None:
        mutants = random.Random(seed).sample(mutants, sample)
    killers, alive = Counter(), []
    with ProcessPoolExecutor(jobs, context) as pool:
        found = track(
            zip(mutants, pool.map(kill, mutants), strict=True),
            "Mutants",
            len(mutants),
            console=Console(stderr=True),
        )
        for (model, key), killer in found:
            if killer:
                killers[killer] += 1
            else:
                alive.append((model, key))
        return killers, [*pool.map(_described, alive)]


def _listed() -> list[tuple[str, str]]:
    return HUNTS[0].mutants()


def _unchanged(number: int) -> str | None:
    """Name what fails although nothing is changed."""
    case = HUNTS[0].cases[number]
    first = ("engagement_period", "int_record_lines")
    return case.noticed({model: case.sql(model) for model in first})


def _described(mutant: tuple[str, str]) -> tuple[str, int, str]:
    """Say where a mutant is: the compiled file, the line and the change."""
    found = HUNTS[0].cases[-1].mutant(*mutant)
    node = HUNTS[0].cases[-1].compiled.models[found.model]
    return node["original_file_path"], found.line, found.key


@click.command
@click.option("--sample", type=int, help="Try so many, chosen at random.")
@click.option("--seed", default=0, help="Of the choice.", show_default=True)
@click.option("--model", "models", multiple=True, help="Try those of this model only.")
@click.option("--jobs", default=2, help="Processes.", show_default=True)
@click.option("--builds", type=click.Path(path_type=Path), help="Keep builds there.")
def main(
    sample: int | None,
    seed: int,
    models: tuple[str, ...],
    jobs: int,
    builds: Path | None,
) -> None:
    """Change the models one operator at a time, and list what no test notices."""
    with TemporaryDirectory() as folder:
        killers, alive = survivors(
            builds or Path(folder), sample=sample, seed=seed, models=models, jobs=jobs
        )
    for path, line, key in sorted(alive):
        click.echo(f"{path}, line {line} of the SQL that dbt compiles: {key}")
    dead = killers.total()
    count = dead + len(alive)
    by = ", ".join(f"{n} by {name}" for name, n in killers.most_common())
    click.echo(
        f"{dead} of {count} mutants were killed ({100 * dead / max(count, 1):.1f} %): "
        f"{by}. {len(equivalent())} more do the same as the model ({EQUIVALENT.name})."
    )


if __name__ == "__main__":
    main()
