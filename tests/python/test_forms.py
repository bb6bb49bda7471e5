"""Every form that docs/formats.md lists is loaded with the vars that stand there.

Forms are loaded by forks of a process that has parsed the project, since parsing would
take longer than loading.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import re
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import yaml
from conftest import FORKSERVER, ROOT, Project
from dbt.cli.main import dbtRunner
from forms import FORMS
from sessions import Session, all_sessions

from engagement.export.foreign import (
    KINDS,
    describe_address,
    describe_file,
    describe_table,
)

DOCUMENT = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))[
    "vars"
]


def anchor(heading: str) -> str:
    """Name the anchor that Markdown gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def documented() -> dict[str, dict]:
    """Read the vars of each form; those of a way of writing add to plain-csv."""
    blocks = {}
    for part in DOCUMENT.split("\n### ")[1:]:
        heading, _, rest = part.partition("\n")
        block = re.search("```yaml\n(.*?)```", rest, re.S)[1]
        blocks[anchor(heading)] = yaml.safe_load(block)
    ways = list(blocks)
    ways = ways[ways.index("plain-csv") :]
    return {
        name: blocks["plain-csv"] | block if name in ways else block
        for name, block in blocks.items()
    }


VARS = documented()


def serve(requests: Connection, environment: dict[str, str]) -> None:
    """Parse the project once, and run dbt in a fork for each request."""
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    parsed = dbtRunner().invoke(["parse", "--quiet"])
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
        os.environ.update(environment)
        written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(written, 1)
        os.dup2(written, 2)
        result = dbtRunner(parsed.result).invoke(arguments)
        atexit._run_exitfuncs()  # they close DuckDB
        os._exit(not result.success)


@pytest.fixture(scope="module")
def parsed(target: Path) -> Iterator[Connection]:
    """Start a process that runs dbt on request."""
    here, there = FORKSERVER.Pipe()
    environment = Project(target, target).environment("")
    process = FORKSERVER.Process(target=serve, args=(there, environment))
    process.start()
    there.close()
    yield here
    here.close()
    process.join()


@pytest.fixture
def load(parsed: Connection, tmp_path: Path) -> Callable[[str], Project]:
    """Load the records of a form with its vars."""

    def run(name: str) -> Project:
        project = Project(tmp_path / "output", tmp_path / "target")
        xdr, log = FORMS[name].create(tmp_path), tmp_path / "log"
        arguments = ("run", "--select", "stg_xdr__records", "--vars")
        parsed.send(
            (
                ["--no-use-colors", *arguments, json.dumps(VARS[name])],
                project.environment(xdr),
                str(log),
            )
        )
        assert parsed.recv() == 0, log.read_text(encoding="utf-8")
        return project

    return run


def settings_of(name: str) -> dict:
    """Say with which vars a form is loaded, those that have their default included."""
    return DEFAULTS | VARS[name]


def records_of(name: str) -> dict[str, list[Session]]:
    """List the records of each user, by the id that a load must find."""
    form = FORMS[name]
    users: dict[str, list[Session]] = {}
    for one in form.records(all_sessions()):
        users.setdefault(form.user(one), []).append(one)
    return users


def test_the_document_lists_every_form() -> None:
    headings = re.findall("^#+ (.*)", DOCUMENT, re.M)
    links = re.findall(r"\[[^]]*\]\(#([^)]*)\)", DOCUMENT)
    assert set(VARS) == set(FORMS)
    assert len(FORMS) >= 40
    assert set(links) <= {anchor(heading) for heading in headings}
    assert set(FORMS) <= set(links)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_loaded_with_its_vars(
    name: str, load: Callable[[str], Project]
) -> None:
    project = load(name)

    loaded = "from staging.stg_xdr__records where rejection_reason"
    assert FORMS[name].refused == dict(
        project.query(
            f"select rejection_reason, count(*) {loaded} is not null group by all"
        )
    )
    applications = [one["name"] for one in settings_of(name)["applications"]]
    sums = "".join(f", sum({n}_dl_bytes), sum({n}_ul_bytes)" for n in applications)
    found = project.query(
        "select user_id, count(*), sum(duration_ms), sum(dl_bytes), sum(ul_bytes),"
        # of minutes, since TellCo's times have no seconds
        f" sum(epoch(date_trunc('minute', ended_at))){sums}"
        f" {loaded} is null group by user_id"
    )
    assert {user: tuple(figures) for user, *figures in found} == {
        user: (
            len(records),
            sum(one.seconds for one in records) * 1000,
            sum(one.dl for one in records),
            sum(one.ul for one in records),
            sum(one.ended_at.timestamp() // 60 * 60 for one in records),
            *(
                sum(one.traffic.get(application, (0, 0))[way] for one in records)
                for application in applications
                for way in (0, 1)
            ),
        )
        for user, records in records_of(name).items()
    }


@pytest.mark.parametrize(
    "name", ["staros-edr-per-session", "interim-records", "app-events-in-parquet"]
)
def test_marts_are_built_from_a_form(
    name: str, project: Project, tmp_path: Path
) -> None:
    result = project.build(FORMS[name].create(tmp_path), settings=VARS[name])
    assert not result.failed, result.text

    has_sessions = "session_id" in VARS[name]["xdr_columns"]
    expected = {}
    for user, records in records_of(name).items():
        sessions: dict[int, int] = {}
        for place, one in enumerate(records):
            key = one.number if has_sessions else place
            sessions[key] = max(one.seconds, sessions.get(key, 0))
        volume = sum(one.dl + one.ul for one in records)
        expected[user] = len(sessions), sum(sessions.values()) * 1000, volume
    found = project.query(
        "select user_id, session_count, duration_ms, total_bytes"
        " from marts.user_engagement"
    )
    assert {user: tuple(figures) for user, *figures in found} == expected
    records = sum(map(len, records_of(name).values()))
    assert project.query(
        "select accepted_count, rejected_count from marts.load_report"
    ) == [(records, 0)]


def test_the_document_says_what_is_no_file_as_a_load_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for marker in ("delta/_delta_log", "iceberg/metadata", "hudi/.hoodie"):
        Path(marker).mkdir(parents=True)
    Path("iceberg/metadata/v1.metadata.json").touch()
    table = DOCUMENT.partition("## What is no file")[2]
    rows = re.findall(r"^\| `(.*?)`, (.*?) \| (`.*`) \|$", table, re.M)
    for path, what, command in rows:
        said = (
            describe_address(path)
            or describe_table(Path(path))
            or describe_file(Path(path), is_known=True)
        )
        assert said.startswith(what)
        assert f": {command} " in said
    documented = [command.split("TABLE")[0] for _, _, command in rows]
    assert len(set(documented)) == len(rows) == len(KINDS)
