"""What is landed for Spark is what DuckDB loads, whatever happened on the way."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pytest
from conftest import ENGAGEMENT, ROOT, Project, Result, record, write_export
from pyarrow.fs import LocalFileSystem, SubTreeFileSystem
from test_incremental import day

from engagement.export.pseudonyms import VARIABLE
from engagement.spark import landed as landed_files
from engagement.spark import landing
from engagement.spark.session import SparkError

MOMENTS = int(os.environ.get("MOMENTS", "2"))
LENIENT = {"max_rejected_share": 1, "keep_user_identities": True}
KEY = "a key of more than sixteen characters"
RECORDS = (
    "select * exclude (loaded_at{}),"
    " rowid - min(rowid) over (partition by source_file) as place"
    " from {} order by all"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("landing")


@pytest.fixture
def project(place: Path, target: Path) -> Project:
    """Begin with nothing landed; what dbt has parsed stays."""
    shutil.rmtree(place / "spark" / "landed", ignore_errors=True)
    return Project(place, target)


def land(project: Project, folder: Path, *arguments: str, **env: str) -> Result:
    options = ("--target", "spark", "--vars", json.dumps(LENIENT))
    return project.run(ENGAGEMENT, "land", *options, *arguments, xdr=folder, **env)


def manifest_of(project: Project) -> dict:
    root = str(project.output / "spark" / "landed")
    return landed_files.read_manifest(LocalFileSystem(), root)


def deliveries_of(project: Project) -> dict[str, str]:
    return {f["source_file"]: f["delivery"] for f in manifest_of(project)["files"]}


def landed(project: Project, kind: str = "records") -> list[tuple]:
    """Read what the newest manifest names, as the models on Spark begin with it."""
    folders = [
        f"{project.output}/spark/landed/{kind}/delivery={file['delivery']}/*.parquet"
        for file in manifest_of(project)["files"]
    ]
    with duckdb.connect() as db:
        db.execute("set timezone = 'UTC'")
        source = f"read_parquet({folders}, hive_partitioning = false)"
        if kind == "identities":
            return db.sql(f"select distinct * from {source} order by all").fetchall()
        naive = "started_at::timestamp as started_at, ended_at::timestamp as ended_at"
        query = RECORDS.format(", rowid", source).replace(
            "), rowid", f") replace ({naive}), rowid", 1
        )
        return db.sql(query).fetchall()


def loaded(folder: Path, place: Path, target: Path, **env: str) -> Project:
    """Load the same on DuckDB."""
    project = Project(place, target)
    selected = ("run", "--select", "stg_xdr__records", "--vars", json.dumps(LENIENT))
    result = project.dbt(*selected, xdr=folder, **env)
    assert not result.failed, result.text
    return project


def deliver(folder: Path, name: str, records: list[dict]) -> None:
    folder.mkdir(exist_ok=True)
    write_export(folder / name, records)


def test_what_is_landed_is_what_duckdb_loads(
    project: Project, tmp_path: Path, target: Path
) -> None:
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, user) for user in (1, 2, 3)])
    deliver(exports, "b.csv", [day(2, 1), day(2, 2, End="n/a"), day(9, 9)])
    with (exports / "b.csv").open("a") as stream:
        stream.write("1,2\n")

    first = land(project, exports)

    assert not first.failed, first.text
    assert f"{exports}/b.csv: 4 records landed" in first.text
    theirs = loaded(exports, tmp_path / "duckdb", target)
    query = RECORDS.format("", "staging.stg_xdr__records")
    assert landed(project) == theirs.query(query)

    again = land(project, exports)
    assert "nothing new" in again.text
    assert manifest_of(project)["number"] == 1

    deliveries = deliveries_of(project)
    deliver(exports, "b.csv", [day(3, 1)])
    deliver(exports, "c.csv", [day(4, 1)])
    assert not land(project, exports).failed
    kept = deliveries_of(project)
    a, b = f"{exports}/a.csv", f"{exports}/b.csv"
    assert kept[a] == deliveries[a]
    assert kept[b] != deliveries[b]
    theirs = loaded(exports, tmp_path / "duckdb", target)
    assert landed(project) == theirs.query(query)

    anew = land(project, exports / "a.csv", "--full-refresh")
    assert "3 records landed" in anew.text
    assert "no longer counted" not in anew.text
    assert [f["source_file"] for f in manifest_of(project)["files"]] == [a]
    assert manifest_of(project)["files"][0]["delivery"] != deliveries[a]


def test_a_file_that_xdr_path_names_no_more_is_no_longer_counted(
    project: Project, tmp_path: Path
) -> None:
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, 1)])
    deliver(exports, "b.csv", [day(2, 1)])
    assert not land(project, exports).failed

    result = land(project, exports / "a.csv")

    assert not result.failed, result.text
    assert f"{exports}/b.csv: no longer counted" in result.text
    assert len(landed(project)) == 1


def test_what_is_passed_over_is_in_the_manifest(
    project: Project, tmp_path: Path
) -> None:
    """Whether or not records are landed with it."""
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, 1)])
    (exports / "notes.md").write_text("x")

    first = land(project, exports)

    assert not first.failed, first.text
    notes = f"{exports}/notes.md"
    assert f"{notes}: passed over because its name ends in none of" in first.text
    before = manifest_of(project)
    (entry,) = before["passed_over"]
    assert (entry["source_file"], entry["file_bytes"]) == (notes, 1)
    assert "nothing new" in land(project, exports).text

    (exports / "notes.md").unlink()
    second = land(project, exports)

    assert "nothing is passed over any more" in second.text
    assert manifest_of(project)["passed_over"] == []
    assert manifest_of(project)["files"] == before["files"]
    assert len(landed(project)) == 1


def test_a_load_that_is_refused_lands_nothing(
    project: Project, tmp_path: Path, target: Path
) -> None:
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, 1)])
    assert not land(project, exports).failed
    before = landed(project)
    deliver(exports, "b.csv", [day(1, End="n/a")] * 20)

    strict = ("land", "--target", "spark", "--vars", "{max_rejected_share: 0.1}")
    refused = project.run(ENGAGEMENT, *strict, xdr=exports)

    assert refused.failed
    assert "20 of 20 new records are rejected" in refused.text
    assert "Error: Nothing was landed" in refused.text
    assert "Traceback" not in refused.text
    assert landed(project) == before
    # but what dbt has parsed, nothing is left of the load
    left = {path.name for path in (project.output / "spark" / "landing").iterdir()}
    assert left <= {"target", "logs"}


def test_other_vars_and_another_key_land_all_files_anew(
    project: Project, tmp_path: Path, target: Path
) -> None:
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, user) for user in (1, 2)])
    assert not land(project, exports).failed
    assert not manifest_of(project)["is_pseudonymised"]

    result = land(project, exports, **{VARIABLE: KEY})

    assert not result.failed, result.text
    assert "2 records landed" in result.text
    assert manifest_of(project)["is_pseudonymised"]
    theirs = loaded(exports, tmp_path / "duckdb", target, **{VARIABLE: KEY})
    assert landed(project, "identities") == theirs.query(
        "from private.user_identities order by all"
    )
    for path in (project.output / "spark" / "landed").rglob("*.json"):
        assert "9990000000" not in path.read_text()


def test_what_an_earlier_version_has_landed_asks_for_a_full_refresh(
    project: Project, tmp_path: Path
) -> None:
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, 1)])
    assert not land(project, exports).failed
    (path,) = (project.output / "spark" / "landed").glob("manifest-*.json")
    manifest = json.loads(path.read_text()) | {"rules": "of an earlier version"}
    for file in manifest["files"]:
        del file["passed_lines"]
    path.write_text(json.dumps(manifest))

    refused = land(project, exports)

    assert refused.failed
    assert "run again with --full-refresh" in " ".join(refused.text.split())
    assert "Traceback" not in refused.text
    assert not land(project, exports, "--full-refresh").failed


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_killed_landing_is_completed_by_the_next(
    project: Project, tmp_path: Path, target: Path, moment: int
) -> None:
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [day(1, user) for user in (1, 2, 3)])
    assert not land(project, exports).failed
    deliver(exports, "a.csv", [day(1, user) for user in (4, 5)])
    deliver(exports, "b.csv", [day(2, 1)])

    process = subprocess.Popen(
        [ENGAGEMENT, "land", "--target", "spark", "--vars", json.dumps(LENIENT)],
        cwd=ROOT,
        env=project.environment(exports),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(random.uniform(moment, moment + 1) / MOMENTS * 8)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    assert len(landed(project)) == 3  # as before, or all that is new
    assert not land(project, exports).failed
    theirs = loaded(exports, tmp_path / "duckdb", target)
    query = RECORDS.format("", "staging.stg_xdr__records")
    assert landed(project) == theirs.query(query)


def test_a_manifest_that_was_not_written_to_its_end_does_not_count(
    tmp_path: Path,
) -> None:
    files, root = LocalFileSystem(), str(tmp_path)
    assert landed_files.read_manifest(files, root) is None
    (tmp_path / "manifest-1.json").write_text('{"number": 1, "files": []}')
    (tmp_path / "manifest-2.json").write_text('{"number": 2, "fil')
    (tmp_path / "manifest-3.json").touch()
    (tmp_path / "manifest-1 (copy).json").write_text("{}")

    assert landed_files.read_manifest(files, root) == {"number": 1, "files": []}
    assert landed_files.next_number(files, root) == 4


def test_deliveries_that_nobody_reads_are_removed_in_time(
    project: Project, tmp_path: Path
) -> None:
    """Those of the manifest before stay: a build may be reading them."""
    exports = tmp_path / "exports"
    seen = []
    for number in (1, 2, 3):
        deliver(exports, "a.csv", [day(number, 1)])
        assert not land(project, exports).failed
        seen.append(manifest_of(project)["files"][0]["delivery"])

    folder = project.output / "spark" / "landed" / "records"
    assert {path.name for path in folder.iterdir()} == {
        f"delivery={name}" for name in seen[1:]
    }


def test_another_landing_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "landing.lock"
    with (
        landing.alone(lock),
        pytest.raises(SparkError, match="Another `engagement land` is running"),
        landing.alone(lock),
    ):
        pass


@pytest.mark.parametrize(
    ("place", "kind", "root"),
    [
        ("/data/a warehouse", LocalFileSystem, "/data/a warehouse/landed"),
        ("file:/data/w", LocalFileSystem, "/data/w/landed"),
    ],
)
def test_a_warehouse_is_a_folder(
    place: str, kind: type, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_WAREHOUSE", place)

    files, found = landed_files.warehouse()

    assert isinstance(files, kind)
    assert found == root


def test_a_warehouse_may_be_an_object_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyarrow knows it as s3, Hadoop as s3a."""
    opened = []

    class Store:
        @staticmethod
        def from_uri(uri: str) -> tuple[SubTreeFileSystem, str]:
            opened.append(uri)
            return SubTreeFileSystem("/", LocalFileSystem()), "bucket/warehouse/landed"

    monkeypatch.setattr("pyarrow.fs.FileSystem", Store)
    monkeypatch.setenv("SPARK_WAREHOUSE", "s3a://bucket/warehouse/")

    assert landed_files.warehouse()[1] == "bucket/warehouse/landed"
    assert opened == ["s3://bucket/warehouse/landed"]
    assert landed_files.spark_folder() == "s3a://bucket/warehouse/landed"


def test_a_warehouse_of_an_unknown_kind_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPARK_WAREHOUSE", "dbfs://warehouse")

    with pytest.raises(SparkError, match="SPARK_WAREHOUSE=dbfs://warehouse cannot be"):
        landed_files.warehouse()


def test_volumes_and_times_keep_their_types(project: Project, tmp_path: Path) -> None:
    """A time without a zone would be another type on Spark."""
    exports = tmp_path / "exports"
    deliver(exports, "a.csv", [record()])
    assert not land(project, exports).failed
    (path,) = (project.output / "spark" / "landed" / "records").rglob("*.parquet")

    types = dict(
        duckdb.sql(
            f"select column_name, column_type from (describe '{path}')"
        ).fetchall()
    )

    assert types["started_at"] == types["ended_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["session_date"] == "DATE"
    assert types["dl_bytes"] == types["duration_ms"] == "BIGINT"
    assert types["user_id"] == "VARCHAR"
