"""Any sequence of deliveries ends in the marts that one build from scratch makes."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from copy import copy
from pathlib import Path

import duckdb
import pytest
from conftest import DBT, ROOT, Project, Result, edit, record, write_export
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engagement.export.pseudonyms import VARIABLE

LENIENT = {"max_rejected_share": 1}


def day(number: int, user: int = 1, **fields: object) -> dict[str, object]:
    """Make a record of one user on one day of May."""
    return record(
        **{
            "MSISDN/Number": f"9990000000{user}",
            "Start": f"5/{number}/2019 10:00",
            "End": f"5/{number}/2019 11:00",
            "Total DL (Bytes)": 60_000,  # 30 records need a believable throughput
        }
        | fields
    )


# Deliveries draw from few records, so that files share some and users are few.
POOL = [
    *(day(number, user) for number in (1, 2, 3) for user in (1, 2, 3, 4)),
    day(1, 5, **{"Total DL (Bytes)": 10**12, "Gaming DL (Bytes)": 10**12}),
    day(2, 5, **{"Dur. (ms)": 90_000, "Start": "4/30/2019 10:00"}),
    day(1, 1, **{"Last Location Name": "D2A"}),
    day(2, 6, **{"MSISDN/Number": ""}),
    day(2, 7, **{"End": "n/a"}),
    day(3, 8, **{"Start": "5/4/2019 10:00"}),
]


class Deliveries:
    """A folder of exports, and what is loaded of it."""

    def __init__(self, place: Path, target: Path) -> None:
        self.place = place
        self.project = Project(place / "output", target)
        self.folder = place / "exports"
        self.loaded = place / "loaded"
        self.fresh = Project(place / "fresh", target)
        self.clock = 1_700_000_000
        for folder in (self.folder, self.loaded):
            folder.mkdir(parents=True)

    def deliver(self, name: str, records: list[dict[str, object]]) -> None:
        self.touch(write_export(self.folder / name, records))

    def touch(self, path: Path) -> None:
        """Give each delivery its own time, which decides whose copy is the first."""
        self.clock += 1
        os.utime(path, (self.clock, self.clock))

    def copy(self, name: str, other: str) -> None:
        if (self.folder / name).exists() and name != other:
            shutil.copy(self.folder / name, self.folder / other)
            self.touch(self.folder / other)

    def remove(self, name: str) -> None:
        """Take a file away, unless it is the last one."""
        if len(list(self.folder.iterdir())) > 1:
            (self.folder / name).unlink(missing_ok=True)

    def build(self, **more: object) -> None:
        result = self.project.build(self.folder, settings=LENIENT | more)
        assert not result.failed, result.text
        ((unequal,),) = self.project.query(
            "select count(*) from marts.load_report"
            " where record_count <> accepted_count + rejected_count"
        )
        assert unequal == 0
        for path in self.folder.iterdir():
            shutil.copy2(path, self.loaded / path.name)

    def marts_from_scratch(self, **more: object) -> dict[str, list[tuple]]:
        for path in self.loaded.iterdir():
            shutil.copy2(path, self.folder / path.name)
        result = self.fresh.build(self.folder, settings=LENIENT | more)
        assert not result.failed, result.text
        return self.fresh.marts()


NAMES = st.sampled_from(["a.csv", "b.csv", "c.csv"])
RECORDS = st.lists(st.sampled_from(POOL), min_size=1, max_size=12)
ACTIONS = st.one_of(
    st.tuples(st.just("deliver"), NAMES, RECORDS),
    st.tuples(st.just("deliver"), NAMES, RECORDS),
    st.tuples(st.just("copy"), NAMES, NAMES),
    st.tuples(st.just("remove"), NAMES),
)
BATCHES = st.lists(st.lists(ACTIONS, max_size=3), min_size=1, max_size=4)


@pytest.mark.slow
@given(first=RECORDS, batches=BATCHES, days=st.sampled_from([28, None, 2, 1]))
@settings(
    max_examples=int(os.environ.get("SEQUENCES", "1")),
    phases=[Phase.explicit, Phase.generate],  # each step is a build: do not shrink
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
def test_any_sequence_of_deliveries_is_one_build(
    tmp_path_factory: pytest.TempPathFactory, target: Path, first, batches, days
) -> None:
    deliveries = Deliveries(tmp_path_factory.mktemp("deliveries"), target)
    deliveries.deliver("a.csv", first)
    deliveries.build(engagement_days=days)
    for batch in batches:
        for action, *arguments in batch:
            getattr(deliveries, action)(*arguments)
        deliveries.build(engagement_days=days)
    if days in (1, 2):  # once the period is covered, a fit stays
        deliveries.build(engagement_days=days, refit=True)

    marts = deliveries.project.marts()
    expected = deliveries.marts_from_scratch(engagement_days=days)

    assert marts.keys() == expected.keys()
    for mart, rows in marts.items():
        assert rows == expected[mart], mart


@pytest.fixture(scope="module")
def first_build(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Deliveries:
    made = Deliveries(tmp_path_factory.mktemp("deliveries") / "work", target)
    made.deliver("a.csv", [day(1, user) for user in (1, 2, 3)])
    made.deliver("b.csv", [day(2, 1), day(3, 1), day(2, 2)])
    made.build()
    shutil.copytree(made.place, made.place.with_name("kept"))
    return made


@pytest.fixture
def deliveries(first_build: Deliveries) -> Deliveries:
    """Restore the first build in the same folder, since files are known by path."""
    shutil.rmtree(first_build.place)
    shutil.copytree(first_build.place.with_name("kept"), first_build.place)
    return copy(first_build)


def test_nothing_new_reads_nothing_and_makes_nothing(deliveries: Deliveries) -> None:
    before = deliveries.project.query("from marts.load_report")

    result = deliveries.project.build(deliveries.folder, settings=LENIENT)

    assert deliveries.project.query("from marts.load_report") == before
    assert made_by(result) == []


def made_by(result: Result) -> list[str]:
    """List the relations that a build has made; it keeps the others."""
    built = [
        line
        for line in result.text.splitlines()
        if re.search("OK created (sql|python) [a-z]+ model", line)
    ]
    assert len(built) > 40
    made = [line for line in built if "KEPT" not in line]
    return [line.split("model ")[1].split(" ")[0] for line in made]


def test_only_new_files_are_read(deliveries: Deliveries) -> None:
    loaded = "select source_file, loaded_at from marts.load_report order by all"
    before = deliveries.project.query(loaded)
    deliveries.deliver("c.csv", [day(1, 4)])
    deliveries.build()

    assert deliveries.project.query(loaded)[:2] == before
    assert deliveries.project.query(
        "select user_id, session_count from marts.user_engagement order by all"
    ) == [(f"9990000000{user}", n) for user, n in ((1, 3), (2, 2), (3, 1), (4, 1))]


def test_a_model_built_before_what_it_reads_is_built_again(
    deliveries: Deliveries,
) -> None:
    deliveries.deliver("c.csv", [day(1, 4)])
    # the users of records that are ahead of their days
    result = deliveries.project.dbt(
        *("run", "--select", "stg_xdr__records", "int_users"),
        *("--vars", json.dumps(LENIENT)),
        xdr=deliveries.folder,
    )
    assert not result.failed, result.text

    deliveries.build()

    assert deliveries.project.marts() == deliveries.marts_from_scratch()


def test_a_load_that_is_selected_by_itself_reads_what_is_due(
    deliveries: Deliveries,
) -> None:
    deliveries.deliver("c.csv", [day(1, 4)])
    selected = ("run", "--select", "stg_xdr__records+")
    result = deliveries.project.dbt(*selected, xdr=deliveries.folder)

    assert not result.failed, result.text
    deliveries.build()
    assert deliveries.project.marts() == deliveries.marts_from_scratch()


def test_a_full_refresh_that_ends_after_the_load_is_completed(
    deliveries: Deliveries,
) -> None:
    """Its records may differ from before, even if no version of a file does."""
    path = deliveries.folder / "a.csv"
    times = path.stat()
    edit(path, ",60000", ",61000")
    os.utime(path, (times.st_atime, times.st_mtime))
    selected = ("run", "--full-refresh", "--select", "stg_xdr__records")
    assert not deliveries.project.dbt(*selected, xdr=deliveries.folder).failed
    deliveries.build()

    marts = deliveries.project.marts()
    expected = deliveries.marts_from_scratch()
    for mart, rows in marts.items():
        assert rows == expected[mart], mart


def test_days_without_repeats_are_looked_at_once(deliveries: Deliveries) -> None:
    days, looked_at = (
        deliveries.project.query(
            f"select distinct session_date, day_version from intermediate.{table}"
            " order by all"
        )
        for table in ("int_days", "int_records_repeated")
    )

    assert days
    assert looked_at == days


def test_a_place_and_a_user_are_the_same_in_columns_of_any_type(
    deliveries: Deliveries,
) -> None:
    """pandas writes whole numbers as floats if one of them is missing."""
    types = {"c": ("bigint", "bigint"), "d": ("double", "decimal(38, 10)")}
    for name, (place, user) in types.items():
        export = write_export(
            deliveries.folder / f"{name}.csv",
            [day(ord(name) - 90, 4, **{"Last Location Name": 2**52 + 1})],
        )
        duckdb.execute(
            f"""
            copy (
                select * replace (
                    "Last Location Name"::{place} as "Last Location Name",
                    "MSISDN/Number"::{user} as "MSISDN/Number"
                )
                from '{export}'
            ) to '{export.with_suffix(".parquet")}'
            """
        )
        export.unlink()
        deliveries.build()

    assert deliveries.project.query(
        "select location, user_count, session_count from marts.location_traffic"
        f" where location like '{2**52 + 1}%'"
    ) == [(f"{2**52 + 1}", 1, 2)]


def test_a_new_setting_makes_the_tables_anew(deliveries: Deliveries) -> None:
    deliveries.build(cluster_scaler="minmax")

    assert deliveries.project.query(
        "select distinct scaler from marts.cluster_centroids"
    ) == [("minmax",)]
    assert (
        deliveries.project.query(
            "select sum(user_count) from marts.cluster_summary group by metric"
        )
        == [(3,)] * 3
    )


def test_a_second_delivery_replaces_the_first(deliveries: Deliveries) -> None:
    deliveries.deliver("b.csv", [day(3, 1)])
    deliveries.build()

    assert deliveries.project.query(
        "select user_id, active_days, last_session_at::date::text"
        " from marts.user_engagement where user_id = '99900000001'"
    ) == [("99900000001", 2, "2019-05-03")]


def test_a_copy_under_another_name_is_refused_with_both_names(
    deliveries: Deliveries,
) -> None:
    deliveries.copy("a.csv", "z.csv")
    deliveries.build()

    first = (deliveries.folder / "a.csv").as_posix()
    assert deliveries.project.query(
        "select source_file, line_number, rejection_detail from marts.rejected_records"
    ) == [
        ((deliveries.folder / "z.csv").as_posix(), n, f"first in {first}, line {n}")
        for n in (2, 3, 4)
    ]


def test_a_file_that_is_refused_leaves_no_trace(deliveries: Deliveries) -> None:
    before = deliveries.project.marts()
    for name in ("b.csv", "c.csv"):  # one delivered again, one new
        deliveries.deliver(name, [day(1, End="n/a")] * 20)
    assert deliveries.project.build(deliveries.folder).failed
    assert deliveries.project.marts() == before

    for name in ("b.csv", "c.csv"):
        (deliveries.folder / name).unlink()
    deliveries.build()

    assert deliveries.project.marts() == before


def test_what_xdr_path_names_no_more_leaves(deliveries: Deliveries) -> None:
    result = deliveries.project.build(deliveries.folder / "a.csv", settings=LENIENT)

    assert not result.failed, result.text
    assert deliveries.project.query("select count(*) from marts.load_report") == [(1,)]

    (deliveries.folder / "a.csv").unlink()
    result = deliveries.project.build(deliveries.folder / "b.csv", settings=LENIENT)
    assert result.failed
    assert (
        "a.csv is loaded but no longer exists, and XDR_PATH no longer names it"
        in " ".join(result.text.split())
    )


CLUSTERS = "select user_id, cluster_name from marts.user_clusters order by all"
CENTROIDS = "from marts.cluster_centroids order by all"


def test_while_the_period_fills_every_build_fits(deliveries: Deliveries) -> None:
    before = deliveries.project.query(CENTROIDS)
    deliveries.deliver("c.csv", [day(3, 9, **{"Total DL (Bytes)": 10**13})])
    deliveries.build()

    fitted = "select user_count, fitted_days from marts.cluster_model"
    assert deliveries.project.query(CENTROIDS) != before
    assert deliveries.project.query(fitted) == [(4, 3)]


def test_once_the_period_is_covered_segments_stay(deliveries: Deliveries) -> None:
    deliveries.build(engagement_days=3)
    before = deliveries.project.query(CLUSTERS), deliveries.project.query(CENTROIDS)
    deliveries.deliver("c.csv", [day(3, 9, **{"Total DL (Bytes)": 10**13})])
    deliveries.build(engagement_days=3)

    kept = deliveries.project.query(CLUSTERS)
    assert deliveries.project.query(CENTROIDS) == before[1]
    assert kept[:3] == before[0]
    assert kept[3:] == [("99900000009", "high")]

    result = deliveries.project.build(
        deliveries.folder, settings=LENIENT | {"refit": True, "engagement_days": 3}
    )
    assert deliveries.project.query(CENTROIDS) != before[1]
    assert "k-means, k = 3, 4 users: inertia" in result.text


def test_all_days_are_fitted_by_every_build(deliveries: Deliveries) -> None:
    deliveries.build(engagement_days=None)
    before = deliveries.project.query(CENTROIDS)
    deliveries.build(engagement_days=None)
    assert deliveries.project.query(CENTROIDS) == before  # nothing is new

    deliveries.deliver("c.csv", [day(3, 9)])
    deliveries.build(engagement_days=None)

    assert deliveries.project.query(CENTROIDS) != before


def test_who_moved_follows_from_the_days_alone(deliveries: Deliveries) -> None:
    moves = (
        "select user_id, from_cluster_name, to_cluster_name, movement,"
        " session_count, previous_session_count, change_session_count"
        " from marts.cluster_migration order by user_id"
    )
    assert deliveries.project.query(moves) == []

    days = {5: [1, 1, 2, 3, 6], 6: [1, 2, 4, 6], 7: [2, 2, 2, 3, 4], 8: [2, 5, 4]}
    for number, users in days.items():
        deliveries.deliver(
            f"{number}.csv",
            [
                day(number, user, **{"Total DL (Bytes)": at})
                for at, user in enumerate(users)
            ],
        )
    deliveries.build(engagement_days=2)
    moved = deliveries.project.query(moves)

    assert [row for row in moved if row[3] in ("new", "gone")] == [
        ("99900000001", "medium", None, "gone", 0, 3, -3),
        ("99900000005", None, "low", "new", 1, 0, 1),
        ("99900000006", "medium", None, "gone", 0, 2, -2),
    ]
    assert {row[0]: row[3] for row in moved if row[3] in ("up", "down")} == {
        "99900000002": "up",
        "99900000004": "up",
    }
    deliveries.build(engagement_days=2, top_n=3)
    assert deliveries.project.query(moves) == moved


def test_a_warehouse_of_another_version_is_made_anew_on_request(
    deliveries: Deliveries,
) -> None:
    with duckdb.connect(deliveries.project.output / "warehouse.duckdb") as db:
        db.execute("alter table state.build_record drop column content")
        db.execute("alter table state.files_loaded drop column passed_lines")
    before = deliveries.project.marts()

    result = deliveries.project.build(deliveries.folder, settings=LENIENT)
    assert result.failed
    assert "run again with --full-refresh" in " ".join(result.text.split())
    assert deliveries.project.marts() == before

    result = deliveries.project.build(
        deliveries.folder, "--full-refresh", settings=LENIENT
    )
    assert not result.failed, result.text
    assert deliveries.project.marts() == before


MOMENTS = int(os.environ.get("MOMENTS", "2"))


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_killed_build_is_completed_by_the_next(
    tmp_path: Path, target: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill a first build and the build of a further day, each at a random moment."""
    monkeypatch.setenv(VARIABLE, "a key, so that identities have to be right too")
    kept = {"keep_user_identities": True}
    deliveries = Deliveries(tmp_path, target)
    for name, days in (("a.csv", (1, 2)), ("b.csv", (2, 3))):
        deliveries.deliver(name, [day(n, user) for n in days for user in range(1, 9)])
        share = random.uniform(moment, moment + 1) / MOMENTS
        kill_build(deliveries, share, kept)
    deliveries.build(**kept)

    marts = deliveries.project.marts()
    expected = deliveries.marts_from_scratch(**kept)
    for mart, rows in marts.items():
        assert rows == expected[mart], (mart, share)
    assert deliveries.project.query(
        "select user_id from private.user_identities order by all"
    ) == deliveries.project.query("select user_id from marts.user_engagement")


def kill_build(deliveries: Deliveries, share: float, settings: dict) -> None:
    """Kill a build soon after it has begun a share of its models and tests."""
    process = subprocess.Popen(
        [
            *(DBT, "build", "--exclude-resource-type", "unit_test"),
            *("--vars", json.dumps(LENIENT | settings)),
        ],
        cwd=ROOT,
        env=deliveries.project.environment(deliveries.folder)
        | {"DBT_TARGET_PATH": str(deliveries.project.target / "killed")},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    for line in process.stdout:
        begun = re.search(r"(\d+) of (\d+) START (?!hook)", line)
        if begun and int(begun[1]) >= share * int(begun[2]):
            break
    time.sleep(random.uniform(0, 0.2))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_build_says_what_it_loaded_and_how_many_records_a_session_has(
    project: Project, tmp_path: Path
) -> None:
    parts = [
        record(**{"Last Location Name": cell, "MSISDN/Number": f"3360000000{user}"})
        for user in (1, 2)
        for cell in ("A", "B", "C")
    ]
    result = project.build(write_export(tmp_path / "parts.csv", [*parts, parts[0]]))

    assert not result.failed, result.text
    assert (
        "Loaded 7 records from 1 file: 6 accepted, 1 rejected, 1 of them as duplicates"
        " (14.3%)." in result.text
    )
    assert "A session has 3.0 accepted records on average" in " ".join(
        result.text.split()
    )
