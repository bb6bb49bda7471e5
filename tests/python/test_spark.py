"""The same models on a Spark cluster make the same marts, whatever happens to it."""

from __future__ import annotations

import gzip
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest
from conftest import DBT, ENGAGEMENT, ROOT, Project

from engagement.sample import FAULTS, Sample, write_sample
from engagement.spark.session import SparkError, check_java, take_metastore

# When a build began differs between builds.
TIMES = {"loaded_at", "fitted_at"}
SETTINGS = {
    "max_rejected_share": 0.8,
    "engagement_days": 4,
    "report_timezone": "Asia/Kathmandu",  # hours begin at a quarter past in UTC
}
NO_TESTS = ("--exclude-resource-type", "test")
MOVEMENTS = "select distinct movement from marts.cluster_migration"


def has_java() -> bool:
    try:
        check_java()
    except SparkError:
        return False
    return True


needs_spark = pytest.mark.skipif(
    not has_java() or find_spec("pyspark") is None,
    reason="Spark needs Java 17 or later (apt install default-jre-headless)",
)
needs_adapter = pytest.mark.skipif(
    find_spec("pyspark") is None,
    reason="dbt-spark is not installed, as there was no Java when this was set up",
)


@dataclass
class Cluster:
    """A standalone cluster on loopback, of processes of their own."""

    folder: Path
    processes: list[subprocess.Popen] = field(default_factory=list)
    master: str = ""

    def start(self) -> None:
        self.folder.mkdir()
        settings = {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.executor.cores": "1",
            "spark.executor.memory": "512m",
            # for little data, compiling it takes longest
            "spark.sql.shuffle.partitions": "4",
            "spark.sql.codegen.wholeStage": "false",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
            "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        }
        lines = [f"{name} {value}" for name, value in settings.items()]
        (self.folder / "spark-defaults.conf").write_text("\n".join(lines))
        log = self._run("master.Master", "--port", "0", "--webui-port", "0")
        self.master = self._told(log, "Starting Spark master at ").split()[0]
        for _ in range(2):
            log = self._run(
                *("worker.Worker", "--cores", "1", "--memory", "600m"),
                *("--webui-port", "0", "--work-dir", str(self.folder / "work")),
                self.master,
            )
            self._told(log, "Successfully registered with master")

    def _run(self, role: str, *arguments: str) -> Path:
        import pyspark

        log = self.folder / f"{len(self.processes)}.log"
        with log.open("w") as stream:
            self.processes.append(
                subprocess.Popen(
                    [
                        Path(pyspark.__file__).parent / "bin" / "spark-class",
                        *(f"org.apache.spark.deploy.{role}", "--host", "127.0.0.1"),
                        *arguments,
                    ],
                    env=self.environment(),
                    stdout=stream,
                    stderr=stream,
                    start_new_session=True,
                )
            )
        return log

    def _told(self, log: Path, sentence: str) -> str:
        for _ in range(600):
            if sentence in (text := log.read_text()):
                return text.split(sentence, 1)[1]
            time.sleep(0.1)
        raise AssertionError(log.read_text())

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "SPARK_MASTER": self.master,
            "SPARK_CONF_DIR": str(self.folder),
            "SPARK_LOCAL_IP": "127.0.0.1",
        }

    def kill_worker(self) -> int:
        """Kill a worker, and with it the executor that it runs."""
        worker = self.processes.pop()
        os.kill(worker.pid, signal.SIGKILL)
        return worker.wait()

    def stop(self) -> None:
        for process in self.processes[::-1]:
            process.terminate()
            process.wait(30)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path / "cluster")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def sample_of(path: Path, sessions: int, users: int) -> Path:
    write_sample(path, Sample(sessions, users, 9, users, 0.04))
    return path


def deliver_first(folder: Path) -> None:
    """Write exports with every trap: names, quotes, encodings, line breaks."""
    folder.mkdir()
    plain = sample_of(folder / "first {half}+1%.csv", 12_000, 4_800)
    lines = plain.read_bytes().splitlines()
    header, record = lines[0], lines[5]
    place = record.split(b",")
    name = header.split(b",").index(b"Last Location Name")
    quoted = [*place[:name], b'"L ""1"", M\xc3\xbcnster"', *place[name + 1 :]]
    odd = [
        *(b"", b",".join(quoted), record + b",7", b"1,2", header),
        record.replace(b",", b",\xff", 1),
        record.replace(b",", b",\xef\xbf\xbd", 1),
    ]
    lines[4000:4000] = odd
    plain.write_bytes(b"\r\n".join(lines) + b"\r\n")
    with gzip.open(folder / "second.csv.gz", "wb") as stream:
        part = sample_of(folder / "part.csv", 4_000, 1_600)
        stream.write(part.read_bytes())
        part.unlink()
    stray = sample_of(folder / "stray.csv", 600, 240)
    lines = stray.read_text().splitlines()
    lines[77] = lines[77].replace(",", ',"', 1)
    stray.write_text("\n".join(lines))
    (folder / "notes.md").write_text("is passed over")
    settle(folder)


def deliver_second(folder: Path) -> None:
    """Add a file, repeat one under another name, replace one, take one away."""
    sample_of(folder / "third.parquet", 6_000, 5_600)
    (folder / "again.csv").write_bytes((folder / "first {half}+1%.csv").read_bytes())
    sample_of(folder / "stray.csv", 700, 280)
    (folder / "second.csv.gz").unlink()
    (folder / "notes.md").unlink()
    (folder / "subfolder").mkdir()
    settle(folder)


def settle(folder: Path) -> None:
    """Set times that Spark, which knows milliseconds, reads as DuckDB does."""
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000 + path.stat().st_size,) * 2)


def differences(ours: Path, theirs: Path) -> list[str]:
    """Compare all marts of two published files, row by row."""
    found = []
    with duckdb.connect() as db:
        for name, path in (("a", ours), ("b", theirs)):
            db.execute(f"attach '{path}' as {name} (read_only)")
        columns = (
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_catalog = '{}' and table_schema = 'marts'"
            " order by table_name, ordinal_position"
        )
        shapes = [db.execute(columns.format(name)).fetchall() for name in "ab"]
        if shapes[0] != shapes[1]:
            found.append(f"columns: {set(shapes[0]) ^ set(shapes[1])}")
        for mart in sorted({table for table, *_ in shapes[0]}):
            kept = [
                (column, kind)
                for table, column, kind in shapes[0]
                if table == mart and column not in TIMES
            ]
            # what is exact orders the rows, and rounding does not
            names = [f'"{c}"' for c, kind in kept if kind != "DOUBLE"]
            names += [f'"{c}"' for c, kind in kept if kind == "DOUBLE"]
            query = f"select {', '.join(names)} from {{}}.marts.{mart} order by all"
            rows = [db.execute(query.format(name)).fetchall() for name in "ab"]
            if len(rows[0]) != len(rows[1]):
                found.append(f"{mart}: {len(rows[0])} and {len(rows[1])} rows")
            pairs = zip(*rows, strict=False)
            found += [f"{mart}: {a} and {b}" for a, b in pairs if not are_equal(a, b)]
    return found


def are_equal(a: tuple, b: tuple) -> bool:
    return all(
        math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-9)
        if isinstance(x, float) and isinstance(y, float)
        else x == y
        for x, y in zip(a, b, strict=True)
    )


@needs_spark
@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_makes_the_marts_of_duckdb(
    cluster: Cluster, tmp_path: Path, target: Path
) -> None:
    spark = Project(tmp_path / "on spark", tmp_path / "target")
    plain = Project(tmp_path / "on duckdb", target)
    exports = tmp_path / "xdr exports"
    env = {
        name: cluster.environment()[name]
        for name in ("SPARK_MASTER", "SPARK_CONF_DIR", "SPARK_LOCAL_IP")
    }

    def on_spark(*arguments: str) -> list[str]:
        return [*arguments, "--target", "spark", "--vars", json.dumps(SETTINGS)]

    def engagement(command: str) -> None:
        told = ["--target", "spark", "--vars", json.dumps(SETTINGS)]
        run = spark.run(ENGAGEMENT, command, *told, xdr=exports, **env)
        assert not run.failed, run.text

    deliver_first(exports)
    assert not (told := plain.build(exports, settings=SETTINGS)).failed, told.text
    engagement("land")
    first = on_spark("build", "--exclude", "tag:fit+", *NO_TESTS)
    building = subprocess.Popen(
        [DBT, "--no-use-colors", *first],
        cwd=ROOT,
        env=spark.environment(exports) | env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    log = []
    for line in building.stdout:
        log.append(line)
        if "START" in line and "model intermediate.int_records_repeated" in line:
            break
    assert cluster.kill_worker() == -signal.SIGKILL
    assert building.poll() is None, "".join(log)
    log += building.communicate()[0]
    assert building.returncode == 0, "".join(log)
    engagement("fit")
    refit = on_spark("build", "--select", "tag:fit+", *NO_TESTS)
    told = spark.dbt(*refit, xdr=exports, **env)
    assert not told.failed, told.text

    deliver_second(exports)
    assert not (told := plain.build(exports, settings=SETTINGS)).failed, told.text
    engagement("land")
    told = spark.dbt(*on_spark("build"), xdr=exports, **env)
    assert not told.failed, told.text
    engagement("publish")
    assert not (told := plain.run(ENGAGEMENT, "publish")).failed, told.text

    marts = [project.output / "engagement.duckdb" for project in (spark, plain)]
    assert differences(*marts) == []
    assert set(plain.reasons()) == set(FAULTS)
    moves = {move for (move,) in plain.query(MOVEMENTS)}
    assert moves == {"up", "down", "new", "gone"}


def java_that_says(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    java = folder / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize("version", ["17.0.15", "21", "25.0.1-ea"])
def test_java_17_and_later_will_do(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path / "jre", version)))

    check_java()


@pytest.mark.parametrize("version", ["1.8.0_412", "11.0.2"])
def test_an_older_java_is_refused_by_name(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path / "jre", version)))

    with pytest.raises(SparkError, match=r"Java 17 or later, and .* is Java (8|11)"):
        check_java()


@needs_adapter
@pytest.mark.parametrize("home", ["", "nowhere"])
def test_where_java_is_missing_a_sentence_says_so(
    home: str, tmp_path: Path, target: Path
) -> None:
    project = Project(tmp_path / "output", tmp_path / "target")

    told = project.build(
        "seeds/xdr_sample.csv",
        *("--target", "spark"),
        JAVA_HOME=home,
        PATH=str(tmp_path),
    )

    assert told.failed
    where = "JAVA_HOME (nowhere)" if home else "the PATH"
    assert f"Spark needs Java 17 or later, and there is none in {where}" in told.text
    assert "Traceback" not in told.text


def test_a_list_of_tables_that_was_not_finished_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(tmp_path))
    half, whole = tmp_path / "spark" / "metastore", "service.properties"

    take_metastore()
    (half / "seg0").mkdir(parents=True)
    take_metastore()
    assert not half.exists()

    half.mkdir()
    (half / whole).touch()
    take_metastore()
    assert (half / whole).exists()


def test_another_command_on_spark_is_waited_for_and_then_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(tmp_path))
    lock = tmp_path / "spark" / "metastore" / "dbex.lck"
    lock.parent.mkdir(parents=True)
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'wb');"
        " fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, lock], stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SparkError, match="metastore is in use"):
            take_metastore(patience=0.5)
        holder.kill()
    take_metastore()


def test_nothing_of_spark_is_imported_on_duckdb(tmp_path: Path) -> None:
    code = (
        "import sys; from dbt.cli.main import dbtRunner;"
        " assert dbtRunner().invoke(['--quiet', 'parse']).success;"
        " print([m for m in sys.modules if m.startswith("
        "('pyspark', 'py4j', 'dbt.adapters.spark', 'engagement.spark'))])"
    )
    project = Project(tmp_path / "output", tmp_path / "target")

    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=project.environment(""),
        text=True,
        capture_output=True,
        check=True,
    )

    assert told.stdout.splitlines()[-1] == "[]"
