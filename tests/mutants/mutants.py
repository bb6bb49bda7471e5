"""Change the models one operator at a time, and list what no test notices.

Each mutant is built in memory on small exports, together with all models that follow
from it. It is killed if a query fails, if a data test fails, if a mart differs from
what plain Python computes (tests/python/recomputed.py), if what is published tells of
few users (tests/python/test_small_groups.py), or if a unit test of the model fails.
"""

from __future__ import annotations

import json
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import click
import duckdb
import sqlglot
from rich.console import Console
from rich.progress import track
from sqlglot import exp

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "python")]

import recomputed as again  # noqa: E402
import test_recomputed  # noqa: E402
import test_small_groups  # noqa: E402
from compiled import Compiled  # noqa: E402
from conftest import DBT, SAMPLE, Project  # noqa: E402
from mutations import DIALECT, Mutant, by_name, mutants_of, mutants_of_query  # noqa: E402

RECORDS = "stg_xdr__records"
LONGEST = 10  # seconds that a mutant may take; all models take less than two
UNIT_TESTS = "unit_tests"  # a folder in that of dbt's target
EQUIVALENT = HERE / "equivalent.toml"
# What no test notices yet, as written by --write.
ALIVE = HERE / "alive.txt"
# Quick ones first: most mutants do not survive any of them.
CASES = ("faults", "three_users", "two_periods", "put_back", "sample")


@dataclass
class Rebuilt(test_recomputed.Built):
    """An export that was built, whose marts are made anew in memory."""

    @cached_property
    def compiled(self) -> Compiled:
        return Compiled(self.project)

    def table(self, name: str, schema: str = "marts") -> list[dict[str, Any]]:
        return self.compiled.table(name, schema)

    @cached_property
    def truth(self) -> dict[tuple, set[str]]:
        return test_small_groups.truth_of(self.compiled)

    @cached_property
    def mutants(self) -> dict[str, dict[str, Mutant]]:
        return {}

    def mutant(self, model: str, *names: str) -> Mutant | None:
        """Find a mutant in the SQL of this export, which other settings may change."""
        if model not in self.mutants:
            sql = self.sql(model)
            self.mutants[model] = by_name(mutants_of(model, sql))
        return first_of(self.mutants[model], names)

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
            timer = Timer(LONGEST, compiled.connection.interrupt)
            timer.start()
            try:
                compiled.run(names, changed)
            except duckdb.Error:
                return "error"
            finally:
                timer.cancel()
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

    def has_other_rows(self, mutant: Mutant) -> bool:
        """Whether a mutant makes other rows than its model, noticed or not."""
        rows = f"({self.sql(mutant.model)})", f"({mutant.sql})"
        return any(
            self.compiled.query(f"from {one} except all from {other} limit 1")
            for one, other in (rows, rows[::-1])
        )

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
    project = Project(folder / name / "output", folder / name / "target")
    exports = folder / name / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    files = [
        test_recomputed.deliver(exports / file, records, number)
        for number, (file, records) in enumerate(
            one for delivery in case.deliveries() for one in delivery.items()
        )
    ] or [SAMPLE]
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if case.settings:
        arguments += ["--vars", json.dumps(case.settings)]
    if not project.output.exists():
        result = project.run(
            DBT, *arguments, xdr=SAMPLE if files == [SAMPLE] else exports
        )
        if name == "sample" and not result.failed:
            result = project.run(
                *(DBT, "test", "--select", "test_type:unit"),
                DBT_TARGET_PATH=str(project.target / UNIT_TESTS),
            )
        if result.failed:
            raise click.ClickException(result.text)
    zone = (test_recomputed.DEFAULTS | case.settings)["report_timezone"]
    load = again.read_export(files, zone)
    return test_recomputed.built_of(case, project, load, kind=Rebuilt)


# Unit tests


@dataclass
class UnitTests:
    """The unit tests of all models, as dbt runs them."""

    compiled: Compiled

    def __post_init__(self) -> None:
        target = self.compiled.project.target / UNIT_TESTS
        written = {
            path.stem: path.read_text(encoding="utf-8")
            for path in target.glob("run/**/*unit_tests.yml/**/*.sql")
        }
        self.of_model: dict[str, list[exp.Expression]] = {}
        self.mutants: dict[str, list[tuple[exp.Expression, dict[str, Mutant]]]] = {}
        for test in self.compiled.unit_tests.values():
            tree = sqlglot.parse_one(written[test["name"]], read=DIALECT)
            if self.passes(tree):
                self.of_model.setdefault(test["model"], []).append(tree)

    def passes(self, tree: exp.Expression) -> bool:
        """Whether a test finds what it expects."""
        sql = tree.sql(DIALECT)
        found: dict[str, Counter] = {"actual": Counter(), "expected": Counter()}
        try:
            rows = self.compiled.connection.execute(sql).fetchall()
        except duckdb.Error:
            return False
        for *row, side in rows:
            found[side][repr(row)] += 1
        return found["actual"] == found["expected"]

    def notice(self, model: str, *names: str) -> bool:
        """Whether a unit test that passes would fail with a mutant."""
        if model not in self.mutants:
            self.mutants[model] = [
                (tree, by_name(mutants_of_query(model, model_in(tree))))
                for tree in self.of_model.get(model, [])
            ]
        for tree, mutants in self.mutants[model]:
            for mutant in both(first_of(mutants, names)):
                changed = tree.copy()
                model_in(changed).replace(mutant.changed)
                if not self.passes(changed):
                    return True
        return False


def model_in(test: exp.Expression) -> exp.Expression:
    """Find the query of the model in a unit test, which comes first."""
    return test.args["with_"].expressions[0].this.args["from_"].this.this


# All of it


@dataclass
class Hunt:
    """What kills mutants, in each process."""

    cases: list[Rebuilt]

    @cached_property
    def unit_tests(self) -> UnitTests:
        return UnitTests(self.cases[-1].compiled)

    def mutants(self) -> list[tuple[str, ...]]:
        """List the mutants of the last export: model, key, and other name.

        A change that stands word for word in two places of a model is made in the
        first only.
        """
        found = []
        for model, node in self.cases[-1].compiled.models.items():
            if (
                node["language"] == "sql"
                and node["config"]["materialized"] != "ephemeral"
            ):
                names: dict[int, list[str]] = {}
                for name, mutant in by_name(
                    mutants_of(model, node["compiled_code"])
                ).items():
                    names.setdefault(id(mutant), []).append(name)
                found += [(model, *each) for each in names.values() if len(each) == 2]
        return found

    def killer(self, model: str, *names: str) -> str | None:
        """Name what notices a mutant, if anything does."""
        if self.unit_tests.notice(model, *names):
            return "unit test"
        for case in self.cases:
            for mutant in both(case.mutant(model, *names)):
                if found := case.killer(mutant):
                    return found
        return None


def first_of(mutants: dict[str, Mutant], names: Sequence[str]) -> Mutant | None:
    return next((mutants[name] for name in names if name in mutants), None)


def both(mutant: Mutant | None) -> list[Mutant]:
    """List the first and the last of a change."""
    return [one for one in (mutant, mutant and mutant.last) if one]


def kill(mutant: tuple[str, ...]) -> str | None:
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
) -> tuple[Counter, list[tuple[str, int, str, bool]]]:
    """Build the exports, then all mutants or some.

    Returns
    -------
    Counter, list of tuple
        How many each kind of check has killed; file, line and key of what has
        survived all, and whether it makes other rows in any export.
    """
    HUNTS[:] = [Hunt([rebuilt(name, folder) for name in cases])]
    context = get_context("fork")  # what was read and built is shared
    with ProcessPoolExecutor(1, context) as pool:
        mutants = pool.submit(_listed).result()
        unchanged = pool.map(_unchanged, range(len(cases)))
        for case, killer in zip(cases, unchanged, strict=True):
            if killer:
                raise click.ClickException(f"{case} fails without a change: {killer}.")
    known = equivalent()
    if gone := known.keys() - {one[1] for one in mutants}:
        raise click.ClickException(
            f"{EQUIVALENT.name} names what no model has any more: {min(gone)}"
        )
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
        for mutant, killer in found:
            if killer:
                killers[killer] += 1
            else:
                alive.append(mutant)
        return killers, [*pool.map(_described, alive)]


def _listed() -> list[tuple[str, ...]]:
    return HUNTS[0].mutants()


def _unchanged(number: int) -> str | None:
    """Name what fails although nothing is changed."""
    case = HUNTS[0].cases[number]
    first = ("engagement_period", "int_record_lines")
    return case.noticed({model: case.sql(model) for model in first})


def _described(mutant: tuple[str, ...]) -> tuple[str, int, str, bool]:
    """Say where a mutant is: the compiled file, the line and the change."""
    found = HUNTS[0].cases[-1].mutant(*mutant)
    node = HUNTS[0].cases[-1].compiled.models[found.model]
    has_other_rows = any(
        case.has_other_rows(one)
        for case in HUNTS[0].cases
        for one in both(case.mutant(*mutant))
    )
    return node["original_file_path"], found.line, found.key, has_other_rows


@click.command
@click.option("--sample", type=int, help="Try so many, chosen at random.")
@click.option("--seed", default=0, help="Of the choice.", show_default=True)
@click.option("--model", "models", multiple=True, help="Try those of this model only.")
@click.option("--jobs", default=2, help="Processes.", show_default=True)
@click.option("--write", is_flag=True, help=f"List them in {ALIVE.name}.")
@click.option("--builds", type=click.Path(path_type=Path), help="Keep builds there.")
def main(
    sample: int | None,
    seed: int,
    models: tuple[str, ...],
    jobs: int,
    write: bool,
    builds: Path | None,
) -> None:
    """Change the models one operator at a time, and list what no test notices."""
    if write and (models or sample is not None):
        raise click.UsageError("--write lists all survivors: leave the choice out.")
    with TemporaryDirectory() as folder:
        killers, alive = survivors(
            builds or Path(folder), sample=sample, seed=seed, models=models, jobs=jobs
        )
    alive.sort()
    for path, line, key, has_other_rows in alive:
        rows = "other" if has_other_rows else "the same"
        where = f"{path}, line {line} of the SQL that dbt compiles"
        click.echo(f"{where}, {rows} rows: {key}")
    if write:
        ALIVE.write_text("".join(f"{key}\n" for _, _, key, _ in alive), "utf-8")
    dead = killers.total()
    count = dead + len(alive)
    by = ", ".join(f"{n} by {name}" for name, n in killers.most_common())
    click.echo(
        f"{dead} of {count} mutants were killed ({100 * dead / max(count, 1):.1f} %): "
        f"{by}. {len(equivalent())} more do the same as the model ({EQUIVALENT.name})."
    )


if __name__ == "__main__":
    main()
