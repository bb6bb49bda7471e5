"""If the warehouse cannot be opened, a sentence says why, in dbt's output as well."""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import pytest
import yaml
from conftest import ROOT, SAMPLE, Project, Result

from engagement.serve.warehouse import open_warehouse, output, prepare_warehouse
from engagement.spark.session import take_metastore


def dbt(project: Project, **env: str) -> Result:
    return project.dbt("run", "--select", "load_report", xdr=SAMPLE, **env)


def sentence_of(told: Result) -> str:
    """Find what dbt says to end with, which has to be all it says."""
    assert told.failed
    assert "Traceback" not in told.text
    return told.text.split("Encountered an error:\n")[1].strip()


@pytest.mark.parametrize(
    ("setting", "value"), [("ENGAGEMENT_MEMORY", "4"), ("ENGAGEMENT_THREADS", "0")]
)
def test_dbt_names_an_invalid_limit(project: Project, setting: str, value: str) -> None:
    sentence = sentence_of(dbt(project, **{setting: value}))

    assert sentence.startswith(
        f"Database Error\n  {setting}={value} is not a valid setting: "
    )
    assert sentence.count("\n") == 1


def test_dbt_names_a_folder_that_cannot_be(tmp_path: Path, target: Path) -> None:
    (tmp_path / "file").touch()

    assert sentence_of(dbt(Project(tmp_path / "file", target))) == (
        f"Database Error\n  {tmp_path / 'file'} cannot hold the warehouse: File "
        "exists. Set ENGAGEMENT_OUTPUT to a folder that you can write to."
    )


def test_dbt_says_that_the_warehouse_is_locked(project: Project) -> None:
    warehouse = project.output / "warehouse.duckdb"
    project.output.mkdir()

    with duckdb.connect(warehouse):
        sentence = sentence_of(dbt(project))

    assert sentence == (
        f"Database Error\n  {warehouse} cannot be opened: it is locked, for example "
        "by a running `dbt build` or by a client that reads it. Try again once it is "
        "closed."
    )


def test_dbt_says_that_another_file_has_the_name(project: Project) -> None:
    warehouse = project.output / "warehouse.duckdb"
    project.output.mkdir()
    warehouse.write_bytes(b"mine")

    assert sentence_of(dbt(project)) == (
        f"Database Error\n  {warehouse} cannot be opened: it is not a DuckDB database."
    )
    assert warehouse.read_bytes() == b"mine"


def test_a_warehouse_that_this_process_has_open_is_ready(tmp_path: Path) -> None:
    """As it is when dbt's runner is called again."""
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(warehouse):
        prepare_warehouse(warehouse)


def test_making_ready_leaves_the_format_of_the_file_to_dbt(tmp_path: Path) -> None:
    prepare_warehouse(tmp_path / "output" / "warehouse.duckdb")
    assert list(tmp_path.rglob("*")) == [tmp_path / "output"]


def test_reading_spills_beside_the_warehouse(tmp_path: Path) -> None:
    duckdb.connect(tmp_path / "warehouse.duckdb").close()
    with open_warehouse(tmp_path / "warehouse.duckdb") as db:
        (folder,) = db.execute("select current_setting('temp_directory')").fetchone()
    assert folder == str(tmp_path / "spill")


# Settings that are empty


def test_an_empty_folder_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", "")

    take_metastore()

    assert output() == Path("output")
    assert list(tmp_path.rglob("*")) == [
        Path.cwd() / p for p in ("output", "output/spark")
    ]


def test_dbt_takes_settings_that_are_empty_as_unset() -> None:
    profile = jinja2.Template((ROOT / "profiles.yml").read_text("utf-8"))

    unset = profile.render(env_var=lambda _, default: default)
    empty = profile.render(env_var=lambda *_: "")

    assert empty == unset
    outputs = yaml.safe_load(unset)["engagement"]["outputs"]
    assert outputs["duckdb"]["path"] == "output/warehouse.duckdb"
    assert outputs["spark"]["server_side_parameters"]["spark.master"] == "local[*]"
