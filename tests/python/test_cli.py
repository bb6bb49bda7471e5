"""The command line is as other tools are: help, versions, completion, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

import click
import duckdb
import pytest
from click.testing import CliRunner, Result
from conftest import ENGAGEMENT, Project

from engagement import progress as bars
from engagement.cli import main
from engagement.progress import progress, spans, watched

EACH = [[], *([name] for name in sorted(main.commands))]


def run(*arguments: str, **named: object) -> Result:
    return CliRunner().invoke(main, arguments, **named)


# Help


@pytest.mark.parametrize("command", EACH)
def test_every_command_has_help(command: list[str]) -> None:
    short, long = run(*command, "-h"), run(*command, "--help")

    assert short.exit_code == 0
    assert short.output == long.output
    assert short.output.startswith("Usage: ")


@pytest.mark.parametrize("command", EACH)
def test_every_command_tells_the_versions(command: list[str]) -> None:
    """Also without the arguments that it needs."""
    told = run(*command, "--version")

    assert told.exit_code == 0
    assert told.output.startswith(f"engagement {version('engagement')}, with dbt-core ")
    assert f" duckdb {duckdb.__version__} and Python 3." in told.output
    assert told.output.count("\n") == 1


@pytest.mark.parametrize("columns", [80, 40])
def test_no_short_help_is_cut_off(columns: int) -> None:
    told = run("-h", terminal_width=columns).output
    listed = " ".join(told.split("Commands:")[1].split())

    assert "..." not in listed
    for name, command in main.commands.items():
        sentence = " ".join(command.help.split("\n\n")[0].split())
        assert f"{name} {sentence}" in listed


def test_a_default_that_is_shown_is_what_is_used() -> None:
    """Of an option without a default of its own, words say what it is."""
    shown = {}
    for name, command in main.commands.items():
        context = click.Context(command, show_default=True)
        for option in command.params:
            if isinstance(option, click.Option):
                extra = option.get_help_extra(context)
                if "default" in extra:
                    shown[name, option.name] = extra["default"]

    in_output = "in $ENGAGEMENT_OUTPUT, or else in output/)"
    vars_of_project = "(those of dbt_project.yml)"
    assert shown == {
        ("fit", "most_users"): "10000000",
        ("fit", "variables"): vars_of_project,
        ("inspect", "variables"): vars_of_project,
        ("land", "variables"): vars_of_project,
        ("pseudonymise", "out"): "(standard output)",
        ("publish", "out"): f"(engagement.duckdb, or aggregates.duckdb, {in_output}",
        ("publish", "target"): "duckdb",
        ("publish", "variables"): vars_of_project,
        ("publish", "warehouse"): f"(warehouse.duckdb {in_output}",
        ("report", "out"): f"(report/ {in_output}",
        ("report", "target"): "duckdb",
        ("report", "warehouse"): f"(warehouse.duckdb, or that of spark/, {in_output}",
        ("sample", "days"): "7",
        ("sample", "places"): "(1 for 4 users, from 10 to 40,000; with --truth 1 for "
        "100 sessions)",
        ("sample", "planted"): "8",
        ("sample", "rejects"): "0.02",
        ("sample", "seed"): "1",
        ("sample", "sessions"): "2000",
        ("sample", "strength"): "0.6",
        ("sample", "users"): "(2 for every 5 sessions)",
    }


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("engagement pub", "plain,publish\n"),
        ("engagement publish --ta", "plain,--target\n"),
        ("engagement publish --target s", "plain,spark\n"),
        ("engagement inspect seeds/x", "file,seeds/x\n"),
        ("engagement sample x", "file,x\n"),
    ],
)
def test_shells_complete_what_is_typed(typed: str, offered: str) -> None:
    told = subprocess.run(
        [ENGAGEMENT],
        env=os.environ
        | {
            "_ENGAGEMENT_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == offered


def test_vars_that_would_be_ignored_are_refused(tmp_path: Path) -> None:
    told = run("publish", "--vars", "{top_n: 3}", env={"ENGAGEMENT_OUTPUT": "none"})

    assert told.exit_code == 2
    assert told.stderr.splitlines()[-1] == (
        "Error: --vars cannot be used without --target spark, since the marts on "
        "DuckDB have the vars that `dbt build` was run with: leave it out."
    )


# Ctrl-C


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """As on a terminal, also where a shell runs the tests in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_ctrl_c(*_: object, **__: object) -> None:
    signal.raise_signal(signal.SIGINT)


def press_it_in_a_query(*_: object, **__: object) -> None:
    """DuckDB's query ends with a RuntimeError; see also the test of a process."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt as error:
        raise RuntimeError("Query interrupted") from error


def press_it_in_dbt(*_: object, **__: object) -> None:
    """A load that was interrupted is one that failed."""
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    raise click.ClickException("The load failed.")


@pytest.mark.parametrize("press", [press_ctrl_c, press_it_in_a_query, press_it_in_dbt])
@pytest.mark.parametrize(
    ("command", "works"),
    [
        (["publish"], "engagement.serve.publish.publish"),
        (["report"], "engagement.report.page.write_report"),
        (["sample", "x.csv"], "engagement.sample.write_sample"),
        (["inspect", "x.csv"], "engagement.inspect.inspection.inspect"),
    ],
)
def test_ctrl_c_ends_a_command_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    command: list[str],
    works: str,
    press: Callable,
) -> None:
    monkeypatch.setattr(works, press)
    monkeypatch.chdir(tmp_path)

    result = run(*command)

    assert (result.exit_code, result.output) == (130, "Interrupted.\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_without_ctrl_c_stays_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("engagement.sample.write_sample", fail)
    monkeypatch.chdir(tmp_path)

    assert isinstance(run("sample", "x.csv").exception, RuntimeError)


def test_ctrl_c_ends_a_query_of_duckdb(tmp_path: Path) -> None:
    command = [ENGAGEMENT, "sample", tmp_path / "x.csv", "--sessions", "100000000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not list(tmp_path.iterdir()):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)

    assert (process.returncode, *told) == (130, b"", b"Interrupted.\n")
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_is_for_others_in_the_background() -> None:
    """A shell without job control has it ignored by what runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run("sample", "-h").exit_code == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


# Progress


def test_a_bar_is_drawn_on_a_terminal(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(bars, "PATIENCE", 0)
    with progress("Publishing") as tell:
        tell(0.5)
        tell(0.75)

    told = capsys.readouterr()
    assert told.out == ""
    assert "Publishing" in told.err
    assert re.findall(r"(\d+)%", told.err) == ["0", "50", "75", "100"]


def test_no_bar_is_drawn_for_what_takes_no_time(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(bars, "PATIENCE", 60)
    with progress("Publishing") as tell:
        tell(0.5)
    assert capsys.readouterr() == ("", "")


def test_no_bar_is_drawn_into_a_file(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bars, "PATIENCE", 0)
    with progress("Publishing") as tell:
        tell(0.5)
    assert capsys.readouterr() == ("", "")


def test_parts_of_a_task_follow_on_each_other() -> None:
    assert spans({"a": 1, "b": 0, "c": 3}) == {
        "a": (0, 0.25),
        "b": (0.25, 0.25),
        "c": (0.25, 1),
    }
    assert spans({"a": 0}) == {"a": (0, 0)}
    assert spans({}) == {}


def test_a_query_tells_how_far_it_is() -> None:
    told: list[float] = []
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create table numbers as select * from range(10_000_000)")
        with watched(connection, told.append, 0.5, 0.75):
            end = time.monotonic() + 60
            while max(told, default=0) <= 0.5 and time.monotonic() < end:
                connection.execute("select sum(hash(range % 1_000)) from numbers")

    assert max(told) > 0.5
    assert all(0.5 <= share <= 0.75 for share in told)


@pytest.mark.parametrize(
    ("command", "steps"),
    [
        (["sample", "x.csv", "--sessions", "100"], 2),
        (["publish", "--out", "x.duckdb", "--parquet"], 40),
        (["report", "--out", "report"], 40),
    ],
)
def test_commands_tell_how_far_they_are(
    sample: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    steps: int,
) -> None:
    told: list[float] = []
    monkeypatch.setattr("engagement.cli.progress", lambda _: nullcontext(told.append))
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(sample.output))
    monkeypatch.chdir(tmp_path)

    result = run(*command)

    assert result.exit_code == 0, result.output
    assert len(told) >= steps
    assert told == sorted(told)
    assert 0 <= told[0] < 0.5 < told[-1] <= 1
