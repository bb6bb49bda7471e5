"""What is measured is what is asked for, whatever the shell has set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, Project

from engagement.sample import Sample, write_sample

BENCHMARKS = ROOT / "tests" / "benchmarks"
PRINT_SETTINGS = """
import json, os
print(json.dumps([n for n in os.environ if n.startswith(("DBT_", "ENG", "SPARK_"))]))
"""
COLUMNS = """
select table_schema || '.' || table_name, list(column_name order by column_name)
from information_schema.columns
where table_schema in ('intermediate', 'marts')
group by all
"""


def test_no_setting_of_the_shell_reaches_a_contender(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    from measure import Bench, Contender, Step

    for name in ("DBT_TARGET", "ENGAGEMENT_THREADS", "SPARK_MASTER", "SPARK_WAREHOUSE"):
        monkeypatch.setenv(name, "of the shell")
    contender = Contender("it", [Step("all", [sys.executable, "-c", PRINT_SETTINGS])])

    measured = Bench(tmp_path, tmp_path, "1GB", 60).take_turns("x", [contender], [], 1)

    assert set(measured.answers["it"]) == {
        "ENGAGEMENT_OUTPUT", "ENGAGEMENT_MEMORY", "DBT_TARGET_PATH", "DBT_LOG_PATH",
    }  # fmt: skip


def test_spark_is_measured_as_make_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    from contenders import GROUPS

    (spark,) = (
        contender
        for group in GROUPS
        for contender in group.contenders
        if contender.name == "Spark"
    )
    measured = [" ".join(map(str, step.command)) for step in spark.steps]
    # colours, unit tests (of DuckDB alone) and the folder of the environment
    left_out = r"--no-use-colors |--exclude-resource-type unit_test |\S*/(?=dbt|engag)"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^spark:.*\n((?:\t.*\n)+)", makefile, re.M)
    made = re.findall(r"\$\(BIN\)/(.*)", recipe)

    assert [re.sub(left_out, "", command) for command in measured] == made[:4]
    assert [command.split()[1] for command in made[4:]] == ["publish", "report"]


def test_the_script_makes_the_columns_of_the_project(
    sample: Project, tmp_path: Path
) -> None:
    """Rows are compared by the benchmark itself."""
    write_sample(tmp_path / "sample.parquet", Sample(sessions=100, users=40))
    settings = {
        "XDR_PATH": str(tmp_path),
        "ENGAGEMENT_OUTPUT": str(tmp_path),
        "ENGAGEMENT_MEMORY": "1GB",
    }
    script = [sys.executable, BENCHMARKS / "duckdb_script.py"]
    subprocess.run(script, env=os.environ | settings, check=True)

    with duckdb.connect(tmp_path / "warehouse.duckdb", read_only=True) as db:
        theirs = dict(db.sql(COLUMNS).fetchall())
    ours = dict(sample.query(COLUMNS))
    ours["intermediate.int_user_days"].remove("day_version")  # of a build
    del ours["intermediate.int_records_checked"]  # only its reasons are compared
    shared = theirs.keys() & ours.keys()
    assert len(shared) == 9
    assert {k: theirs[k] for k in shared} == {k: ours[k] for k in shared}
