"""Build the project on an export and look at its marts."""

from __future__ import annotations

import atexit
import csv
import gc
import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import duckdb
import pytest
from dbt.cli.main import cli as dbt
from dbt.cli.main import dbtRunner

from engagement.cli import main as engagement
from engagement.export.pseudonyms import VARIABLE

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "seeds" / "xdr_sample.csv"
DBT = Path(sys.executable).with_name("dbt")
ENGAGEMENT = DBT.with_name("engagement")
APPLICATIONS = (
    "Social Media", "Google", "Email", "Youtube", "Netflix", "Gaming", "Other",
)  # fmt: skip
# No setting of this shell may reach a test.
for name in list(os.environ):
    if name.startswith(("DBT_", "ENGAGEMENT_", "SPARK_", "XDR_")):
        del os.environ[name]
# Commands are forked from a process that has imported what they need: importing is
# a third of what a build of a small export costs.
FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(
    ["dbt.adapters.duckdb", "engagement.dbt.plugin", "pytest"]
    + ["kneed", "pandas", "sklearn.cluster", "sklearn.metrics", "sklearn.preprocessing"]
    + [
        f"engagement.{name}"
        for name in ("cli", "fit", "report.contents", "serve.publish")
    ]
)
# Columns whose values differ from build to build.
BUILD_COLUMNS = {"source_file", "loaded_at", "modified_at", "file_bytes", "fitted_at"}


@dataclass
class Result:
    """What a dbt command did."""

    failed: bool
    text: str


def execute(
    command: Path, arguments: list[str], environment: dict[str, str], log: str
) -> None:
    """Run a command in this process, with its output in a log."""
    gc.disable()  # the process is short-lived
    os.chdir(environment["PWD"])
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(written, sys.stdout.fileno())
    os.dup2(written, sys.stderr.fileno())
    sys.argv = [str(command), *arguments]
    try:
        {DBT: dbt, ENGAGEMENT: engagement}[command]()
    finally:
        close()


def close() -> None:
    """Close DuckDB, which a process that is forked would leave open."""
    atexit._run_exitfuncs()
    gc.collect()


@dataclass
class Project:
    """The project with an output of its own."""

    output: Path
    target: Path
    root: Path = ROOT

    def environment(self, xdr: Path | str) -> dict[str, str]:
        """Say what to read and where to write."""
        return os.environ | {
            "PWD": str(self.root),
            "XDR_PATH": str(xdr),
            "ENGAGEMENT_OUTPUT": str(self.output),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.target / "logs"),
            "DBT_LOG_LEVEL_FILE": "none",  # writing it takes a tenth of a build
        }

    def dbt(self, *arguments: str, xdr: Path | str = "", **env: str) -> Result:
        """Run dbt on an export; with other vars, what it parses goes elsewhere."""
        told = []
        if "--vars" in arguments:
            at = arguments.index("--vars")
            told = list(arguments[at : at + 2])
            name = md5(told[1].encode(), usedforsecurity=False).hexdigest()
            env = {"DBT_TARGET_PATH": str(self.target / "vars" / name)} | env
        arguments = ("--no-use-colors", *arguments)
        if self.root != ROOT or "--target" in arguments or "parse" in arguments:
            return self.run(DBT, *arguments, xdr=xdr, **env)
        environment = self.environment(xdr) | env
        return parsed(told, environment).run(arguments, environment)

    def run(
        self, command: Path, *arguments: str, xdr: Path | str = "", **env: str
    ) -> Result:
        """Run a command of the environment on an export."""
        with NamedTemporaryFile() as log:
            process = FORKSERVER.Process(
                target=execute,
                args=(command, arguments, self.environment(xdr) | env, log.name),
            )
            process.start()
            process.join()
            return Result(process.exitcode != 0, log.read().decode())

    def build(
        self, xdr: Path | str, *arguments: str, settings: Any = None, **env: str
    ) -> Result:
        """Run dbt build without unit tests, which need no export."""
        return self.dbt(
            *("build", "--exclude-resource-type", "unit_test", *arguments),
            *(["--vars", json.dumps(settings)] if settings else []),
            xdr=xdr,
            **env,
        )

    def query(self, sql: str) -> list[tuple]:
        """Ask the warehouse."""
        with duckdb.connect(self.output / "warehouse.duckdb", read_only=True) as db:
            return db.sql(sql).fetchall()

    def marts(self) -> dict[str, list[tuple]]:
        """Fetch all marts, with their rows in the order in which they are stored."""
        names = self.query(
            "select table_name, string_agg('\"' || column_name || '\"', ', '"
            " order by ordinal_position) from information_schema.columns"
            " where table_schema = 'marts'"
            f" and column_name not in {tuple(BUILD_COLUMNS)}"
            " group by table_name"
        )
        return {
            name: self.query(f"select {columns} from marts.{name}")
            for name, columns in names
        }

    def reasons(self) -> dict[str, int]:
        """Count rejected records by reason."""
        return dict(
            self.query(
                "select rejection_reason, count(*) from marts.rejected_records"
                " group by all"
            )
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow tests first, so that no worker is left with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep what dbt parsed for the next build."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Project:
    """Build the sample; tests must not change it."""
    built = Project(tmp_path_factory.mktemp("sample"), target)
    result = built.build(SAMPLE)
    assert not result.failed, result.text
    return built


def copy_of_project(folder: Path) -> Path:
    """Copy what dbt reads of the project, to change it."""
    for name in ("macros", "models", "python", "seeds", "tests"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text, path
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, target: Path) -> Project:
    return Project(tmp_path / "output", target)


def parse(requests: Connection) -> None:
    """Parse the project with the settings of each request, and serve it in a fork.

    Only the first parsing has to make what dbt needs to check its classes.
    """
    os.chdir(ROOT)
    while True:
        try:
            told, environment, address = requests.recv()
        except EOFError:
            return
        os.environ.clear()
        os.environ.update(environment)
        # what is wrong with the project or its settings is for each run to say
        manifest = dbtRunner().invoke(["--quiet", "parse", *told]).result
        if not os.fork():
            requests.close()
            serve(Client(address), manifest)
            os._exit(0)
        del manifest
        gc.collect()


def serve(requests: Connection, manifest: Any) -> None:
    """Run dbt in a fork for each request."""
    while True:
        try:
            arguments, environment, log = requests.recv()
        except EOFError:
            return
        if child := os.fork():
            _, status = os.waitpid(child, 0)
            requests.send(os.waitstatus_to_exitcode(status))
            continue
        gc.disable()  # the process is short-lived
        os.environ.clear()
        os.environ.update(environment)
        written = os.open(log, os.O_WRONLY | os.O_APPEND)
        os.dup2(written, 1)
        os.dup2(written, 2)
        if not manifest:  # a fork that parses may wait for a thread it does not have
            os.execv(DBT, [DBT, *arguments])
        success = dbtRunner(manifest).invoke(arguments).success
        close()
        os._exit(not success)


@cache
def parser() -> Connection:
    """Start the process that parses."""
    requests, there = FORKSERVER.Pipe()
    FORKSERVER.Process(target=parse, args=(there,), daemon=True).start()
    there.close()
    return requests


class Parsed:
    """A process that has parsed the project with some settings, and runs dbt.

    Parsing takes half as long as all models and tests on a small export.
    """

    def __init__(self, told: list[str], environment: dict[str, str]) -> None:
        with TemporaryDirectory() as folder:
            address = str(Path(folder) / "requests")
            with Listener(address) as listener:
                parser().send((told, environment, address))
                self.requests = listener.accept()

    def run(self, arguments: Sequence[str], environment: dict[str, str]) -> Result:
        with NamedTemporaryFile() as log:
            self.requests.send((list(arguments), environment, log.name))
            return Result(self.requests.recv() != 0, log.read().decode())


PARSED: dict[tuple, Parsed] = {}
MOST_PARSED = 6  # each takes 300 MB


def parsed(told: list[str], environment: dict[str, str]) -> Parsed:
    """Find or start the process for the settings of a run."""
    # Of the environment, models depend on whether there is a key, and dbt on flags.
    flags = {name: flag for name, flag in environment.items() if name[:4] == "DBT_"}
    for place in ("DBT_TARGET_PATH", "DBT_LOG_PATH"):
        flags.pop(place)
    key = (*told, bool(environment.get(VARIABLE)), *sorted(flags.items()))
    found = PARSED.pop(key, None) or Parsed(told, environment)
    PARSED[key] = found
    if len(PARSED) > MOST_PARSED:
        PARSED.pop(next(iter(PARSED))).requests.close()
    return found


@pytest.fixture
def try_load(
    target: Path, tmp_path: Path
) -> Callable[[Path, dict], tuple[Project, Result]]:
    """Load records only, by what was parsed with the default settings."""
    environment = Project(target, target).environment("")

    def run(xdr: Path, settings: dict) -> tuple[Project, Result]:
        project = Project(tmp_path / "output", tmp_path / "target")
        arguments = ["--no-use-colors", "run", "--select", "stg_xdr__records"]
        arguments += ["--vars", json.dumps(settings)]
        process = parsed([], environment)
        return project, process.run(arguments, project.environment(xdr))

    return run


@pytest.fixture
def load(
    try_load: Callable[[Path, dict], tuple[Project, Result]],
) -> Callable[[Path, dict], Project]:
    """Load records only, which must not fail."""

    def run(xdr: Path, settings: dict) -> Project:
        project, result = try_load(xdr, settings)
        assert not result.failed, result.text
        return project

    return run


def record(**fields: object) -> dict[str, object]:
    """Make a valid record of the reference shape, an hour long, 60 bytes down."""
    applications = {
        f"{name} {direction} (Bytes)": 10 if direction == "DL" else 1
        for name in APPLICATIONS
        for direction in ("DL", "UL")
    }
    return {
        "Bearer Id": "1.31E+19",
        "Start": "4/25/2019 10:00",
        "Start ms": 100,
        "End": "4/25/2019 11:00",
        "End ms": 600,
        "Dur. (ms)": 3600,
        "MSISDN/Number": "99900000001",
        "Last Location Name": "D1A",
        "Dur. (ms)_1": 3_600_500,
        **applications,
        "Total UL (Bytes)": 7,
        "Total DL (Bytes)": 60,
    } | fields


def lines_of(records: list[dict[str, object]]) -> list[list[str]]:
    """Write records as the rows of a CSV file, the doubled header included."""
    header = [name.removesuffix("_1") for name in records[0]]
    return [header, *([str(v) for v in fields.values()] for fields in records)]


def write_export(path: Path, records: list[dict[str, object]]) -> Path:
    """Write records as an export in the reference shape."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(lines_of(records))
    return path
