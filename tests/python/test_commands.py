"""dbt's everyday commands work on any warehouse, or end with one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import (
    DBT,
    ENGAGEMENT,
    ROOT,
    SAMPLE,
    Project,
    Result,
    copy_of_project,
    record,
    write_export,
)

from engagement.dbt.commands import CommandError, take_over_empty

TOO_EARLY = (
    "Database Error\n  {} holds nothing to test yet: run `dbt build`, which tests what "
    "it builds."
)
NOT_EMPTY = (
    "Database Error\n  {} holds records, which a build with --empty would replace: set "
    "ENGAGEMENT_OUTPUT to another folder."
)


def sentence_of(told: Result) -> str:
    """Find what dbt says to end with, which has to be all it says."""
    assert told.failed
    assert "Traceback" not in told.text
    return told.text.split("Encountered an error:\n")[1].strip()


def warehouse_of(project: Project) -> Path:
    return project.output / "warehouse.duckdb"


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """An export that loads fast."""
    return write_export(tmp_path / "few.csv", [record()])


# --empty


def test_an_empty_build_makes_and_tests_all_without_a_record(project: Project) -> None:
    built = project.dbt("build", "--empty", xdr=SAMPLE)

    assert not built.failed, built.text
    assert " ERROR=0 SKIP=0 " in built.text
    assert project.query("select count(*) from staging.stg_xdr__records") == [(0,)]
    marts = project.marts()
    assert len(marts) > 20
    assert [name for name in marts if "user" in name and marts[name]] == []


def test_an_empty_build_is_repeated_and_then_filled(
    project: Project, few: Path
) -> None:
    told = project.dbt("run", "--empty", xdr=few)
    assert "run `dbt seed` first, or `dbt build`" in told.text
    assert not project.dbt("seed").failed
    for _ in range(2):
        built = project.dbt("run", "--empty", xdr=few)
        assert not built.failed, built.text

    filled = project.build(few)

    assert not filled.failed, filled.text
    assert project.query("select count(*) from marts.user_engagement") == [(1,)]


@pytest.mark.parametrize("selected", [[], ["--select", "top_users"]])
def test_no_empty_build_replaces_records(sample: Project, selected: list[str]) -> None:
    told = sample.dbt("run", "--empty", *selected, xdr=SAMPLE)

    assert sentence_of(told) == NOT_EMPTY.format(warehouse_of(sample))


def test_no_empty_build_drops_records(project: Project) -> None:
    told = project.dbt("build", "--empty", "--full-refresh", xdr=SAMPLE)

    assert sentence_of(told) == (
        "Runtime Error\n  --empty and --full-refresh cannot be combined, since "
        "together they would drop all records: leave one of them out."
    )


def test_no_build_on_spark_is_empty() -> None:
    flags = SimpleNamespace(WHICH="build", EMPTY=True, FULL_REFRESH=False)

    with pytest.raises(CommandError, match=r"^--empty cannot be used with --target s"):
        take_over_empty(flags, "spark")


def test_sql_may_be_compiled_empty(sample: Project) -> None:
    """By dbt itself: nothing is written."""
    told = sample.dbt("compile", "--empty", "--select", "top_applications", xdr=SAMPLE)

    assert not told.failed, told.text
    assert "where false limit 0" in told.text


# Before any build


@pytest.mark.parametrize("before", ["", "compile", "seed"])
def test_there_is_nothing_to_test_before_a_build(project: Project, before: str) -> None:
    if before:
        prepared = project.dbt(before, xdr=SAMPLE)
        assert not prepared.failed, prepared.text

    told = project.dbt("test", xdr=SAMPLE)

    assert sentence_of(told) == TOO_EARLY.format(warehouse_of(project))


def test_documentation_is_generated_before_a_build(project: Project) -> None:
    told = project.run(DBT, "docs", "generate", xdr=SAMPLE)

    assert not told.failed, told.text


def test_what_documentation_left_is_not_retried(
    project: Project, tmp_path: Path
) -> None:
    """dbt would end with a traceback."""
    apart = Project(project.output, tmp_path / "target")
    generated = apart.run(DBT, "docs", "generate", xdr=SAMPLE)
    assert not generated.failed, generated.text

    told = apart.run(DBT, "retry", xdr=SAMPLE)

    assert sentence_of(told) == (
        "Runtime Error\n  There is nothing to retry, because the last results are "
        "those of `dbt docs generate`: run `dbt build`, which keeps all that is up to "
        "date."
    )


def test_a_warehouse_cannot_be_cloned(project: Project, tmp_path: Path) -> None:
    apart = Project(project.output, tmp_path / "target")
    assert not apart.run(DBT, "parse", xdr=SAMPLE).failed

    told = apart.run(DBT, "clone", "--state", str(apart.target), xdr=SAMPLE)

    assert sentence_of(told) == (
        "Database Error\n  dbt clone cannot be used, because no table of a warehouse "
        f"can be cloned from another one: copy the file instead, as in `cp "
        f"{warehouse_of(project)} other/folder/`, and set ENGAGEMENT_OUTPUT to that "
        "folder."
    )


# Other ways to run dbt


def test_a_failed_build_is_retried_and_then_published(
    tmp_path: Path, few: Path
) -> None:
    project = Project(
        tmp_path / "output", tmp_path / "target", copy_of_project(tmp_path / "copy")
    )
    model = "models/marts/engagement/top_users.sql"
    with (project.root / model).open("a", encoding="utf-8") as stream:
        stream.write(", broken")
    assert project.build(few).failed
    shutil.copy(ROOT / model, project.root / model)

    retried = project.dbt("retry", xdr=few)
    published = project.run(ENGAGEMENT, "publish")

    assert not retried.failed, retried.text
    assert not published.failed, published.text


def test_dbt_runs_from_another_folder(tmp_path: Path) -> None:
    """It loads the sample of the project, and writes to the folder it runs in."""
    project = Project(Path(), tmp_path / "target")
    told = project.run(
        *(DBT, "run", "--select", "stg_xdr__records"),
        *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
        PWD=str(tmp_path),
        ENGAGEMENT_OUTPUT="",
    )

    assert not told.failed, told.text
    project.output = tmp_path / "output"
    ((path, count),) = project.query(
        "select source_file, count(*) from staging.stg_xdr__records group by all"
    )
    assert (tmp_path / path).samefile(SAMPLE)
    assert count == 2_001


def test_dbt_runs_again_in_the_same_process(tmp_path: Path, few: Path) -> None:
    """In whatever order, and also on another warehouse."""
    code = """
import os, sys
from dbt.cli.main import dbtRunner
for place, *command in (
    ("1", "build", "--empty", "--exclude-resource-type", "unit_test"),
    ("1", "build", "--exclude-resource-type", "unit_test"),
    ("1", "run", "--empty"),
    ("1", "test", "--exclude-resource-type", "unit_test"),
    ("2", "test"),
    ("2", "run", "--select", "stg_xdr__records"),
):
    os.environ["ENGAGEMENT_OUTPUT"] = os.path.join(sys.argv[1], place)
    ran = dbtRunner().invoke(["--log-level", "none", *command])
    print(ran.exception or "it works")
"""
    told = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        cwd=ROOT,
        env=os.environ | Project(tmp_path, tmp_path / "target").environment(few),
        capture_output=True,
        text=True,
        check=True,
    )
    full = Project(tmp_path / "1", tmp_path)
    bare = Project(tmp_path / "2", tmp_path)
    assert told.stdout.splitlines() == [
        *("it works", "it works"),
        *NOT_EMPTY.format(warehouse_of(full)).splitlines(),
        "it works",
        *TOO_EARLY.format(warehouse_of(bare)).splitlines(),
        "it works",
    ]
    assert full.query("select count(*) from marts.user_engagement") == [(1,)]
    assert bare.query("select count(*) from staging.stg_xdr__records") == [(1,)]
