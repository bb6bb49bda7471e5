"""What is published is whole, readable, from one build, and nothing but marts."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from conftest import DBT, ROOT, SAMPLE, Project, record, write_export

from engagement.cli import main
from engagement.serve.publish import RESULTS, publish
from engagement.serve.warehouse import WarehouseError

PUBLISHES = int(os.environ.get("PUBLISHES", "10"))  # beside eight readers
KILLS = int(os.environ.get("PUBLISH_KILLS", "8"))
READERS = 8
# Replaced where groups are small.
SUPPRESSED = {
    "allocation_curve", "device_experience", "device_usage", "location_experience",
    "location_hours", "location_priorities", "location_traffic", "weekly_retention",
    "daily_engagement", "hourly_traffic",
}  # fmt: skip
FORMER = "create table marts.former as select '99900000001' as user_id"
IS_FORMER = "name = 'former'"
# A reader asks several marts in one connection: all of one build, or not.
READER = """
import sys, duckdb
while True:
    with duckdb.connect(sys.argv[1], read_only=True) as db:
        print(*db.sql('''
            select
                (select count(*) from marts.user_engagement),
                (select sum(user_count) from marts.cluster_summary) / 3,
                (select sum(total_bytes) from marts.user_engagement),
                (select sum(total_bytes) from marts.user_clusters),
                (select sum(value) from marts.top_users)
        ''').fetchone(), flush=True)
"""


def published(project: Project, *arguments: str) -> Result:
    """Run engagement publish."""
    runner = CliRunner(env={"ENGAGEMENT_OUTPUT": str(project.output)})
    return runner.invoke(main, ["publish", *arguments])


def query(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(path, read_only=True) as db:
        return db.sql(sql).fetchall()


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def copy(sample: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published sample, with Parquet."""
    target = tmp_path_factory.mktemp("published") / "engagement.duckdb"
    publish(sample.output / "warehouse.duckdb", target, target.parent / "parquet")
    return target


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Project:
    """A build of few records, to be changed and published."""
    folder = tmp_path_factory.mktemp("small")
    project = Project(folder / "output", target)
    days = ("4/25/2019", "4/26/2019", "4/27/2019")
    export = write_export(
        folder / "x.csv",
        [
            record(**{"MSISDN/Number": f"9990000{user:04}", "End": f"{day} 12:00"})
            for user in range(1, 9)
            for day in days[: user % 3 + 1]
        ]
        + [record(**{"MSISDN/Number": "99900009999", "Last Location Name": "alone"})],
    )
    result = project.build(export, settings={"max_rejected_share": 1})
    assert not result.failed, result.text
    return project


# The copy for partners


@pytest.fixture(scope="module")
def aggregates(sample: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("aggregates") / "aggregates.duckdb"
    warehouse = sample.output / "warehouse.duckdb"
    publish(warehouse, target, target.parent / "aggregates", aggregates_only=True)
    return target


def test_partners_get_no_row_about_a_user(copy: Path, aggregates: Path) -> None:
    columns = (
        "select table_name, column_name from information_schema.columns"
        " where column_name {} like '%user\\_id' escape '\\'"
    )
    of_users = {table for table, _ in query(copy, columns.format(""))}
    others = {table for table, _ in query(copy, columns.format("not"))} - of_users

    assert {"user_engagement", "rejected_records", "top_users"} <= of_users
    assert query(aggregates, columns.format("")) == []
    assert {table for table, _ in query(aggregates, columns.format("not"))} == others
    users = query(copy, "select user_id from marts.user_engagement")
    parquet = list((aggregates.parent / "aggregates").iterdir())
    assert {path.stem for path in parquet} == others
    for path in (aggregates, *parquet):
        content = path.read_bytes()
        assert not [user for (user,) in users if user.encode() in content], path


def test_partners_get_counts_of_users_rounded_down(
    sample: Project, copy: Path, aggregates: Path
) -> None:
    counts = query(
        aggregates,
        "select table_name, column_name from information_schema.columns"
        " where regexp_matches(column_name, '(^|_)(user_count|users|users_[0-9]+d)$')",
    )
    assert len(counts) >= 20
    exact = 0
    for table, column in counts:
        left = f"select {column} from marts.{table} where {column} % 5 <> 0"
        assert query(aggregates, left) == [], (table, column)
        ((whole,),) = sample.query(f"select sum({column} % 5) from marts.{table}")
        exact += bool(whole)
    assert exact >= 10, "nothing had to be rounded"
    for table in {table for table, column in counts if column == "user_count"}:
        kept = f"select count(*) from marts.{table} where user_count >= 5"
        everything = f"select count(*) from marts.{table}"
        assert query(aggregates, everything) == query(copy, kept), table


def test_what_follows_from_counts_follows_from_the_rounded_ones(
    aggregates: Path,
) -> None:
    wrong = (
        "select * from marts.weekly_retention"
        " where retention_share <> active_users / user_count"
    )
    means = (
        "select * from marts.cluster_summary where mean_value * user_count"
        " not between 0.999999 * total_value and 1.000001 * total_value"
    )
    per_user = (
        "select * from marts.cluster_applications join (select distinct cluster_id,"
        " user_count as users from marts.cluster_summary) using (cluster_id)"
        " where bytes_per_user <> total_bytes / users"
    )
    assert query(aggregates, means) == query(aggregates, per_user) == []
    assert query(aggregates, wrong) == []
    shares = query(
        aggregates,
        "select sum(user_share) from marts.engagement_experience group by cluster_id",
    )
    assert shares
    assert all(share == pytest.approx(1) for (share,) in shares)
    gains = "select * from marts.allocation_curve where gain % 5 <> 0"
    assert query(aggregates, gains) == []


def test_partners_get_traffic_as_it_is(copy: Path, aggregates: Path) -> None:
    for sql in (
        "select sum(total_bytes) from marts.application_traffic",
        "select * exclude (user_count) from marts.top_applications",
        "from marts.hourly_traffic",
        "select value from marts.engagement_changes where measure = 'total_bytes'",
    ):
        assert query(aggregates, sql) == query(copy, sql)
    comments = "select count(comment) from duckdb_columns() where schema_name = 'marts'"
    assert query(aggregates, comments)[0][0] > 100


# The copy


def test_the_copy_has_the_marts_and_nothing_else(sample: Project, copy: Path) -> None:
    marts = sample.marts()
    held = query(
        copy,
        "select schema_name || '.' || table_name from duckdb_tables() union all"
        " select schema_name || '.' || view_name from duckdb_views()"
        " where not internal",
    )

    assert {name for (name,) in held} == {f"marts.{name}" for name in marts}
    for name in marts.keys() - SUPPRESSED:
        rows = sample.query(f"from marts.{name}")
        assert query(copy, f"from marts.{name}") == rows, name


def test_descriptions_constraints_and_types_are_kept(
    sample: Project, copy: Path
) -> None:
    withheld = f"table_name in {tuple(SUPPRESSED)}"
    for sql in (
        "select table_name, comment, sql from duckdb_tables()"
        f" where schema_name = 'marts' and not {withheld} order by all",
        "select view_name, comment from duckdb_views()"
        " where schema_name = 'marts' order by all",
        "select table_name, column_name, data_type from duckdb_columns()"
        " where schema_name = 'marts' and column_name <> 'is_withheld' order by all",
        "select table_name, column_name, comment from duckdb_columns()"
        f" where schema_name = 'marts' and not {withheld} order by all",
    ):
        kept = query(copy, sql)
        assert kept
        assert kept == sample.query(sql)


def test_what_is_withheld_is_described_too(sample: Project, copy: Path) -> None:
    comments = "select table_name, comment from duckdb_tables() where schema_name = {}"
    whole = dict(sample.query(comments.format("'marts'")))
    for name, comment in query(copy, comments.format("'marts'")):
        if name in SUPPRESSED:
            assert comment.startswith(f"{whole[name]} As published: One row per"), name
            assert "min_group_size" in comment or "may be published" in comment, name
    columns = (
        "select table_name, column_name from duckdb_columns()"
        " where schema_name = 'marts' and (comment is null"
        " or column_name = 'is_withheld' and not starts_with(comment, 'Whether '))"
    )
    assert query(copy, columns) == []


def test_views_work_under_any_name(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other name.duckdb"
    other.write_bytes(copy.read_bytes())
    with duckdb.connect() as db:
        db.execute(f"attach '{other}' as x (read_only)")
        (row,) = db.sql(
            "select (select count(*) from x.marts.top_users),"
            " (select count(*) from x.marts.top_applications),"
            " (select count(*) from x.marts.top_users_per_application)"
        ).fetchall()
    assert row == (30, 3, 70)


def test_the_file_is_of_the_oldest_format_that_drivers_open(copy: Path) -> None:
    with duckdb.connect() as db:
        db.execute(f"attach '{copy}' as x (read_only)")
        (tags,) = db.sql(
            "select tags['storage_version'] from duckdb_databases()"
            " where database_name = 'x'"
        ).fetchone()
    assert tags.startswith("v1.2.0")


def test_parquet_holds_each_mart(copy: Path) -> None:
    folder = copy.parent / "parquet"
    marts = {name for (name,) in query(copy, "select table_name from duckdb_tables()")}
    assert {p.stem for p in folder.glob("*.parquet")} >= marts
    assert all(p.suffix == ".parquet" and p.name[0] != "." for p in folder.iterdir())
    for path in folder.iterdir():
        rows = duckdb.sql(f"from '{path}'").fetchall()
        assert rows == query(copy, f"from marts.{path.stem}"), path.stem


def test_a_mart_that_is_no_more_leaves_parquet_and_other_files_stay(
    small: Project, tmp_path: Path
) -> None:
    def publish_parquet() -> set[str]:
        result = published(small, "--parquet", "--out", str(tmp_path / "x.duckdb"))
        assert result.exit_code == 0, result.output
        return left_in(tmp_path / "parquet")

    with duckdb.connect(small.output / "warehouse.duckdb") as db:
        db.execute(FORMER)
        db.execute(
            f"insert into {RESULTS} (node_id, name, status)"
            " values ('model.x.former', 'former', 'pass')"
        )
    assert "former.parquet" in publish_parquet()
    with duckdb.connect(small.output / "warehouse.duckdb") as db:
        db.execute(f"drop table marts.former; delete from {RESULTS} where {IS_FORMER}")
    mart = (tmp_path / "parquet" / "top_users.parquet").read_bytes()
    (tmp_path / "parquet" / "copied.parquet").write_bytes(mart)
    duckdb.sql("select 1 as a").write_parquet(str(tmp_path / "parquet/mine.parquet"))
    for name in ("no.parquet", "mine.txt", ".killed.parquet.new"):
        (tmp_path / "parquet" / name).touch()

    left = publish_parquet()

    assert {"former.parquet", ".killed.parquet.new"} & left == set()
    assert {"mine.txt", "mine.parquet", "no.parquet", "copied.parquet"} <= left
    assert "top_users.parquet" in left


def test_what_no_model_makes_any_more_is_not_published(
    small: Project, tmp_path: Path
) -> None:
    """Also where it would stand in the place of a mart, and under a view."""
    with duckdb.connect(small.output / "warehouse.duckdb") as db:
        db.execute(FORMER)
        db.execute("create view marts.over_former as select * from marts.former")
        db.execute("create table published.load_report as from marts.load_report")
        db.execute("delete from published.load_report")

    result = published(small, "--out", str(tmp_path / "x.duckdb"))

    with duckdb.connect(small.output / "warehouse.duckdb") as db:
        db.execute("drop view marts.over_former; drop table marts.former")
        db.execute("drop table published.load_report")
    assert result.exit_code == 0, result.output
    held = query(tmp_path / "x.duckdb", "select table_name from duckdb_tables()")
    held += query(tmp_path / "x.duckdb", "select view_name from duckdb_views()")
    assert ("top_users",) in held
    assert {("former",), ("over_former",)} & set(held) == set()
    assert query(tmp_path / "x.duckdb", "from marts.load_report") != []


# Small groups


def test_small_groups_are_not_published(sample: Project, copy: Path) -> None:
    few = "select count(*) from marts.{} where {} < 5"
    for mart, column in (("location_traffic", "user_count"),):
        ((built,),) = sample.query(few.format(mart, column))
        assert built > 0
        assert query(copy, few.format(mart, column)) == [(0,)]
    assert query(
        copy,
        "select count(*) from marts.weekly_retention where active_users between 1 and 4"
        " or user_count < 5",
    ) == [(0,)]


def test_what_is_left_out_cannot_be_told_from_the_totals(small: Project) -> None:
    """One user is alone at a location; the other location leaves with it."""
    locations = small.query(
        "select location, user_count from marts.location_traffic order by all"
    )
    assert published(small).exit_code == 0
    assert locations == [("D1A", 8), ("alone", 1)]
    copy = small.output / "engagement.duckdb"
    assert query(copy, "select * from marts.location_traffic") == []
    assert query(copy, "select count(*) from marts.user_engagement") == [(9,)]


# Only what passed


def test_a_failed_test_leaves_the_published_file_as_it_is(small: Project) -> None:
    assert published(small).exit_code == 0
    copy = small.output / "engagement.duckdb"
    before = copy.read_bytes(), copy.stat().st_mtime_ns
    spoil(small, "total_value + 1")
    small.dbt("test")

    result = published(small)

    assert result.exit_code == 1
    assert result.output.startswith(
        "Error: Nothing was published, because these did not pass in the last build: "
    )
    assert "assert_clusters_add_up_to_users (fail)" in result.output
    assert (copy.read_bytes(), copy.stat().st_mtime_ns) == before
    spoil(small, "total_value - 1")
    small.dbt("test")
    assert published(small).exit_code == 0


def spoil(project: Project, value: str) -> None:
    with duckdb.connect(project.output / "warehouse.duckdb") as db:
        db.execute(
            f"update marts.cluster_summary set total_value = {value}"
            " where metric = 'duration_ms' and cluster_id = 1"
        )


def test_a_model_whose_readers_were_not_built_is_outdated(small: Project) -> None:
    small.dbt("run", "--select", "user_engagement", xdr=small.output.parent / "x.csv")

    result = published(small)

    assert result.exit_code == 1
    assert "(outdated)" in result.output
    settings = {"max_rejected_share": 1}
    small.build(small.output.parent / "x.csv", settings=settings)
    assert published(small).exit_code == 0


def test_a_build_that_fails_or_is_killed_is_not_published(
    project: Project, tmp_path: Path
) -> None:
    export = write_export(tmp_path / "x.csv", [record()])
    assert not project.build(export).failed
    assert published(project).exit_code == 0
    before = (project.output / "engagement.duckdb").read_bytes()

    bad = write_export(tmp_path / "bad.csv", [record(**{"MSISDN/Number": "x"})])
    assert project.build(bad).failed
    failed = published(project)
    assert "stg_xdr__records (error)" in failed.output
    assert project.build(tmp_path / "nowhere.csv").failed
    assert "dbt build (unfinished)" in published(project).output

    killed = subprocess.Popen(
        [DBT, "build"],
        cwd=ROOT,
        env=project.environment(export),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    for line in killed.stdout:
        if b"START sql" in line:
            break
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    unfinished = published(project)
    assert "dbt build (unfinished)" in unfinished.output

    assert (project.output / "engagement.duckdb").read_bytes() == before
    assert not project.build(export).failed
    assert published(project).exit_code == 0


def test_what_cannot_be_published_is_said_in_a_sentence(
    project: Project, tmp_path: Path, small: Project
) -> None:
    def refusal(*arguments: str, of: Project = project) -> str:
        result = published(of, *arguments)
        assert result.exit_code == 1, result.output
        assert result.output.startswith("Error: ")
        return result.output

    assert "does not exist: run `make run`" in refusal()
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(empty).close()
    assert "lacks state.build_record: run `dbt build`." in refusal(
        "--warehouse", str(empty)
    )
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "engagement.duckdb"
    assert f"{out.parent} cannot be written: " in refusal("--out", str(out), of=small)
    with closing(duckdb.connect(small.output / "warehouse.duckdb")):
        # another process, since DuckDB does not lock out its own
        result = subprocess.run(
            [DBT.with_name("engagement"), "publish"],
            env=small.environment(""),
            capture_output=True,
            text=True,
            check=False,
        )
    assert "it is locked, for example by a running `dbt build`" in result.stderr


@pytest.mark.parametrize("kind", ["path", "relative", "symlink", "hard link"])
def test_a_warehouse_is_never_published_over(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    warehouse = small.output / "warehouse.duckdb"
    out = tmp_path / "engagement.duckdb"
    if kind == "path":
        out = warehouse
    elif kind == "relative":
        monkeypatch.chdir(small.output / "..")
        out = Path(small.output.name, "warehouse.duckdb")
    elif kind == "symlink":
        out.symlink_to(warehouse)
    else:
        out.hardlink_to(warehouse)
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes(before := warehouse.read_bytes())

    for source in (warehouse, copy):
        result = published(small, "--out", str(out), "--warehouse", str(source))

        assert result.exit_code == 1
        assert result.output == (
            f"Error: {out} is the warehouse that dbt builds, and publishing would "
            "overwrite it: choose another file.\n"
        )
    assert warehouse.read_bytes() == before


def test_marts_of_spark_are_brought_over_no_file_that_is_named(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / "mine.duckdb").write_text("mine")

    result = published(
        project, "--target", "spark", "--warehouse", str(tmp_path / "mine.duckdb")
    )

    assert result.exit_code == 2
    assert "--warehouse cannot be combined with --target spark" in result.output
    assert (tmp_path / "mine.duckdb").read_text() == "mine"


def test_what_is_in_the_way_is_named(small: Project, tmp_path: Path) -> None:
    (tmp_path / "parquet").touch()

    result = published(small, "--parquet", "--out", str(tmp_path / "x.duckdb"))

    problem = f"{tmp_path / 'parquet'} cannot be written: File exists."
    assert (result.exit_code, result.output) == (1, f"Error: {problem}\n")
    assert left_in(tmp_path) == {"parquet"}


def test_a_name_that_no_file_can_have_is_a_sentence(project: Project) -> None:
    """Even to ask whether it is there fails, as in a folder one may not search."""
    name = "a" * 300

    result = published(project, "--warehouse", name)

    problem = f"{name} cannot be used: File name too long."
    assert (result.exit_code, result.output) == (1, f"Error: {problem}\n")


def test_results_of_another_version_are_a_sentence(tmp_path: Path) -> None:
    warehouse = tmp_path / "other.duckdb"
    with duckdb.connect(warehouse) as db:
        db.execute(f"create schema state; create table {RESULTS} (id text)")

    with pytest.raises(WarehouseError) as told:
        publish(warehouse, tmp_path / "x.duckdb")

    assert str(told.value).startswith(
        f"{warehouse} was built by another version of this project: {RESULTS} cannot "
        "be read (Binder Error: "
    )
    assert str(told.value).endswith(
        "). Set ENGAGEMENT_OUTPUT to an empty folder and run `dbt build`."
    )
    assert "\n" not in str(told.value)


# The place of the file


def test_the_log_of_the_old_file_is_not_left_to_the_new(
    small: Project, tmp_path: Path
) -> None:
    copy = tmp_path / "engagement.duckdb"
    assert published(small, "--out", str(copy)).exit_code == 0
    write = (
        "import duckdb, os, sys; db = duckdb.connect(sys.argv[1]);"
        " db.execute('create table mine as select 1'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", write, copy], check=True)
    assert left_in(tmp_path) == {copy.name, f"{copy.name}.wal"}

    assert published(small, "--out", str(copy)).exit_code == 0

    assert left_in(tmp_path) == {copy.name}
    assert query(copy, "select * from duckdb_tables() where schema_name = 'main'") == []


def test_a_link_and_the_mode_of_a_file_stay(small: Project, tmp_path: Path) -> None:
    shared, link = tmp_path / "shared" / "x.duckdb", tmp_path / "engagement.duckdb"
    shared.parent.mkdir()
    link.symlink_to(shared)
    modes = {shared: 0o640, tmp_path / "parquet" / "top_users.parquet": 0o604}
    assert published(small, "--parquet", "--out", str(link)).exit_code == 0
    before = shared.stat().st_ino
    for path, mode in modes.items():
        path.chmod(mode)

    assert published(small, "--parquet", "--out", str(link)).exit_code == 0

    assert link.readlink() == shared
    assert shared.stat().st_ino != before
    assert {path: path.stat().st_mode & 0o777 for path in modes} == modes
    assert left_in(shared.parent) == {shared.name}


# Readers and kills


def test_readers_are_not_disturbed(
    small: Project, sample: Project, tmp_path: Path
) -> None:
    """Publish two builds in turn; no reader fails or sees a bit of each."""
    copy = tmp_path / "engagement.duckdb"
    warehouses = [p.output / "warehouse.duckdb" for p in (small, sample)]
    publish(warehouses[0], copy)
    readers = [start_reader(copy, tmp_path / str(i)) for i in range(READERS)]
    for number in range(PUBLISHES):
        publish(warehouses[(number + 1) % 2], copy)
    alive = [reader.poll() is None for reader in readers]
    for reader in readers:
        reader.terminate()
        reader.wait()

    texts = [(tmp_path / str(i)).read_text() for i in range(READERS)]
    assert "Error" not in "".join(texts)
    assert all(alive)
    # the last line may be cut
    answers = {line for text in texts for line in text.split("\n")[:-1]}
    assert len(answers) == 2, answers
    for answer in answers:
        users, clustered, total, clustered_total, _ = answer.split()
        assert float(users) == float(clustered)
        assert total == clustered_total
    assert left_in(tmp_path) == {copy.name, *map(str, range(READERS))}


def start_reader(copy: Path, log: Path) -> subprocess.Popen:
    """Ask in a loop, in a process of its own; what it says and its errors are kept."""
    with log.open("w") as stream:
        return subprocess.Popen(
            [sys.executable, "-c", READER, copy], stdout=stream, stderr=stream
        )


def test_a_killed_publish_leaves_a_valid_file_and_no_debris(
    small: Project, sample: Project, tmp_path: Path
) -> None:
    copy = tmp_path / "engagement.duckdb"
    publish(small.output / "warehouse.duckdb", copy)
    counts = "select count(*) from marts.user_engagement"
    valid = [small.query(counts), sample.query(counts)]
    for kill in range(KILLS):
        process = subprocess.Popen(
            [DBT.with_name("engagement"), "publish", "--out", copy],
            env=sample.environment(SAMPLE),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        time.sleep(0.2 + random.uniform(kill, kill + 1) / KILLS * 0.5)
        process.kill()
        assert process.communicate()[1] == b""
        assert query(copy, counts) in valid

    publish(sample.output / "warehouse.duckdb", copy)

    assert query(copy, counts) == valid[1]
    assert left_in(tmp_path) == {copy.name}


def test_one_publish_at_a_time(small: Project) -> None:
    import fcntl

    descriptor = os.open(small.output, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        result = published(small)
    finally:
        os.close(descriptor)

    assert result.exit_code == 1
    assert result.output == (
        f"Error: Another `engagement publish` is writing to {small.output}: try again "
        "once it has finished.\n"
    )
