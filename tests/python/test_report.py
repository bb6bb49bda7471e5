"""The report reads the marts, only reads them, and says what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from engagement import plots, report
from engagement.cli import main

# 8 users: u0 has no traffic, u7 is alone in the second cluster.
MARTS = """
    create schema marts;
    create schema staging;
    create table staging.applications as
        select 'web' as application, 'The $Web' as display_name, 'web' as category;
    create table marts.application_traffic as
        select * from (values
            ('web', 8, 600, 150, 750, 0.75, 1),
            ('raw_name', 8, 250, 0, 250, 0.25, 2)
        ) as t(application, user_count, dl_bytes, ul_bytes, total_bytes,
            traffic_share, application_rank);
    create view marts.top_applications as
        select * from warehouse.marts.application_traffic
        where application_rank <= 1;
    create table marts.user_clusters as
        select
            'u' || i as user_id,
            case when i < 7 then 1 else 2 end as cluster_id,
            case when i < 7 then 'low' else 'high' end as cluster_name,
            case when i < 7 then 1 + i // 2 else 99 end as session_count,
            i * 1000 as duration_ms,
            i * 1000000 as total_bytes
        from range(8) as t(i);
    create table marts.top_users as
        select 'session_count' as metric, 1 as user_rank, 'u7' as user_id, 99 as value
        union all select 'duration_ms', 1, 'u7', 7000
        union all select 'total_bytes', 1, 'u7', 7000000;
    create table marts.top_users_per_application as
        select * from (values ('raw_name', 1, 'u7', 9), ('web', 1, 'u6', 8))
            as t(application, user_rank, user_id, total_bytes);
    create table marts.elbow_curve as
        select k, 100.0 / k as inertia, k = 2 as is_elbow from range(1, 5) as t(k);
    create table marts.cluster_summary as
        select
            cluster_id, cluster_name, metric, count(*) as user_count,
            min(value) as min_value, max(value) as max_value,
            avg(value) as mean_value, sum(value)::bigint as total_value
        from marts.user_clusters
        unpivot (value for metric in (session_count, duration_ms, total_bytes))
        group by all;
"""


def build(folder: Path, changes: str = "") -> Path:
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MARTS + changes)
    return path


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return build(tmp_path)


@pytest.fixture
def one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "PIECES", report.PIECES[:1])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_piece_becomes_a_picture(
    warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = files(warehouse.parent)
    folder = tmp_path_factory.mktemp("output") / "made" / "report"
    written = report.write_report(warehouse, folder)
    assert written == [folder / f"{piece.name}.png" for piece in report.PIECES]
    assert sorted(files(folder)) == sorted(path.name for path in written)
    for picture in files(folder).values():
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.endswith(b"IEND\xaeB`\x82")
    assert files(warehouse.parent) == before, "the warehouse or its folder changed"


@pytest.mark.usefixtures("one_piece")
def test_the_same_marts_give_the_same_bytes(warehouse: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    report.write_report(warehouse, folder)
    first = files(folder)
    (folder / "top_applications.png").write_text("of last month")
    (folder / "notes.txt").write_text("mine")
    report.write_report(warehouse, folder)
    assert files(folder) == first | {"notes.txt": b"mine"}
    assert b"Software" not in first["top_applications.png"]


def test_names_come_from_the_seed_or_else_from_the_mart(warehouse: Path) -> None:
    frames = report.read_frames(warehouse)
    assert frames["top_applications"]["display_name"] == ("The $Web",)
    assert frames["application_traffic"] == {
        "display_name": ("The $Web", "raw_name"),
        "dl_bytes": (600, 250),
        "ul_bytes": (150, 0),
        "total_bytes": (750, 250),
        "traffic_share": (0.75, 0.25),
    }
    users = frames["top_users_per_application"]
    assert users["display_name"] == ("The $Web", "raw_name"), "not in order of traffic"
    assert users["user_id"] == ("u6", "u7")


def test_users_are_binned_and_none_is_lost(tmp_path: Path) -> None:
    path = build(
        tmp_path,
        "create or replace table marts.user_clusters as select 'u' || i as user_id, "
        "1 as cluster_id, 'all' as cluster_name, 1 + i % 12 as session_count, "
        "case when i % 5 > 0 then 1000 + i % 100 else 0 end as total_bytes "
        "from range(120000) as t(i)",
    )
    frame = report.read_frames(path)["clusters"]
    assert sum(frame["user_count"]) == 120_000
    assert len(frame["user_count"]) <= 2 * 12
    assert set(frame["session_count"]) == set(range(1, 13)), "1 to 12 are not apart"
    bytes_of_bins = zip(frame["total_bytes"], frame["user_count"], strict=True)
    assert sum(count for size, count in bytes_of_bins if size == 0) == 24_000


def test_empty_marts_give_empty_frames(tmp_path: Path) -> None:
    path = build(tmp_path, "delete from marts.elbow_curve")
    frame = report.read_frames(path)["elbow_curve"]
    assert frame == {"k": (), "inertia": (), "is_elbow": ()}


def test_views_are_found_in_a_copy_of_another_name(warehouse: Path) -> None:
    copy = warehouse.rename(warehouse.with_name("it's a copy.duckdb"))
    frames = report.read_frames(copy)
    assert frames["top_applications"]["total_bytes"] == (750,)


@pytest.mark.usefixtures("one_piece")
def test_a_failure_leaves_the_last_report(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(frame: object) -> None:
        raise ZeroDivisionError

    broken = report.Piece("broken", "", "", (), "select 1", fail)
    monkeypatch.setattr(report, "PIECES", (*report.PIECES, broken))
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "top_applications.png").write_text("of last month")
    with pytest.raises(ZeroDivisionError):
        report.write_report(warehouse, folder)
    assert files(folder) == {"top_applications.png": b"of last month"}


def test_the_warehouse_is_free_while_figures_are_drawn(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(frame: plots.Frame) -> Figure:
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("create table built_meanwhile (a int)")
        return plots.elbow_curve(frame)

    query = "select * from marts.elbow_curve"
    piece = report.Piece("elbow", "", "", ("marts.elbow_curve",), query, draw)
    monkeypatch.setattr(report, "PIECES", (piece,))
    assert report.write_report(warehouse, tmp_path / "report")


HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def held(warehouse: Path, how: str) -> Iterator[None]:
    """Let another process have the warehouse open."""
    command = [sys.executable, "-c", HOLD, str(warehouse), how]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"open\n"
        yield


def test_other_readers_do_not_matter(warehouse: Path) -> None:
    with held(warehouse, "read"):
        assert report.read_frames(warehouse)["elbow_curve"]["k"] == (1, 2, 3, 4)


def complaint(*arguments: str | Path) -> str:
    """Run the command, which has to fail as a user can bear it."""
    result = CliRunner().invoke(main, ["report", *map(str, arguments)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "there was a traceback"
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").rstrip()


def test_a_locked_warehouse_is_explained(warehouse: Path) -> None:
    with held(warehouse, "write"):
        assert complaint("--warehouse", warehouse) == (
            f"{warehouse} cannot be opened: it is locked, as by a running `dbt build`; "
            "try again after it."
        )


@pytest.mark.parametrize("content", [b"", b"no", b"no database at all\n" * 1000])
def test_another_kind_of_file_is_explained(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(content)
    assert complaint("--warehouse", path) == (
        f"{path} cannot be opened: it is not a DuckDB database."
    )
    assert path.read_bytes() == content


def test_a_missing_warehouse_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(tmp_path / "nowhere"))
    advice = (
        "run `make run` or `dbt build` first, or set ENGAGEMENT_OUTPUT to the folder "
        "that holds warehouse.duckdb."
    )
    path = tmp_path / "nowhere" / "warehouse.duckdb"
    assert complaint() == f"{path} does not exist: {advice}"
    assert complaint("--warehouse", tmp_path) == f"{tmp_path} is a folder: {advice}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            "drop table marts.elbow_curve",
            "lacks marts.elbow_curve: run `dbt build --select +elbow_curve`.",
        ),
        (
            "drop table staging.applications; drop table marts.top_users",
            "lacks staging.applications, marts.top_users: "
            "run `dbt build --select +applications +top_users`.",
        ),
    ],
)
def test_missing_marts_are_named(tmp_path: Path, changes: str, problem: str) -> None:
    path = build(tmp_path, changes)
    assert complaint("--warehouse", path) == f"{path} {problem}"
    assert files(tmp_path).keys() == {"warehouse.duckdb"}


def test_a_warehouse_without_marts_needs_a_whole_build(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(path)).close()
    assert complaint("--warehouse", path).endswith(": run `dbt build`.")


def test_a_mart_of_another_shape_is_named(tmp_path: Path) -> None:
    path = build(tmp_path, "alter table marts.elbow_curve rename k to clusters")
    problem = complaint("--warehouse", path)
    assert problem.startswith(f"marts.elbow_curve in {path} cannot be read (Binder")
    assert problem.endswith("): run `dbt build --select +elbow_curve`.")


@pytest.mark.usefixtures("one_piece")
def test_a_folder_that_cannot_be_is_named(warehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    options = ["--warehouse", warehouse, "--out", tmp_path / "file"]
    assert complaint(*options) == f"{tmp_path / 'file'} cannot be written: File exists."


@pytest.mark.usefixtures("one_piece")
def test_the_command_finds_its_places(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(warehouse.parent))
    result = CliRunner().invoke(main, ["report"])
    picture = warehouse.parent / "report" / "top_applications.png"
    assert (result.exit_code, result.output) == (0, f"{picture}\n")
    assert picture.is_file()


def test_the_report_starts_without_heavy_libraries() -> None:
    code = (
        "import sys, engagement.report; "
        "print({'pandas', 'scipy', 'sklearn', 'kneed', 'dbt'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout == "set()\n"


def test_pieces_are_complete() -> None:
    names = [piece.name for piece in report.PIECES]
    assert len(set(names)) == len(names)
    for piece in report.PIECES:
        assert piece.title
        assert piece.caption.endswith(".")
        assert [name for name in piece.relations if name not in piece.query] == []
