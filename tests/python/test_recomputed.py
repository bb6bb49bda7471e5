"""Every mart equals what its description says, computed a second time.

The project builds small exports; recomputed and recomputed_clusters read the same
files and know nothing of the project but its descriptions.
"""

from __future__ import annotations

import math
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import numpy as np
import pytest
import recomputed as again
import recomputed_clusters as clusters
import recomputed_experience as xp
from conftest import SAMPLE, Project, record, write_export
from recomputed import DAY, METRICS, Row

Files = dict[str, list[dict[str, object]]]

DEFAULTS = {
    "engagement_days": 28,
    "top_n": 10,
    "top_application_count": 3,
    "cluster_count": 3,
    "cluster_scaler": "standard",
    "min_group_size": 5,
    "report_timezone": "UTC",
}
# k-means is fitted in single precision: this holds for inertias. Where points are
# close to each other, the scores of their clusters have a digit less.
SINGLE = 1e-6
SCORE = 1e-5
# A name that the columns of all traffic share.
TOTAL = {"name": "total", "dl": "Email DL (Bytes)", "ul": "Email UL (Bytes)"}
MONTHS_BEGIN = datetime(2023, 1, 2)


# Exports


def session(
    user: int, end: datetime, minutes: float = 60, kilobytes: int = 1, **fields: object
) -> dict[str, object]:
    """Make a record of a user; applications get unequal parts of the traffic."""
    start = end - timedelta(minutes=minutes)
    parts = {
        f"{name} {direction} (Bytes)": kilobytes * weight * (i + user) % 9973
        for i, name in enumerate(again.APPLICATIONS.values())
        for direction, weight in (("DL", 700), ("UL", 31))
    }
    return record(
        **{
            "MSISDN/Number": f"9990000{user:04d}",
            "Start": start.strftime("%m/%d/%Y %H:%M"),
            "End": end.strftime("%m/%d/%Y %H:%M"),
            "Dur. (ms)": round(minutes * 60),
            "Last Location Name": f"L{user % 7}",
            "Total DL (Bytes)": 900 * kilobytes + user,
            "Total UL (Bytes)": 100 * kilobytes,
            **parts,
        }
        | fields
    )


def history(
    begin: datetime, days: list[int], users: range, seed: int
) -> list[dict[str, object]]:
    """Make random sessions on some days; a few users make most of the traffic."""
    chance = random.Random(seed)
    records = []
    for day in days:
        for user in users:
            if chance.random() < 0.05 + 0.5 * (user % 10 == 0) * chance.random():
                end = begin + day * DAY + timedelta(minutes=chance.randrange(1440))
                minutes = chance.randrange(1, 60 + 3000 * (user % 5 == 0))
                kilobytes = chance.randrange(1, 100) * (1 + 40 * (user % 10 == 0))
                fields = {"Start ms": chance.randrange(1000), "End ms": ""}
                records.append(session(user, end, minutes, kilobytes, **fields))
    return records


def one_user() -> list[Files]:
    return [{"a.csv": [session(1, datetime(2024, 2, 29), 0)]}]


def two_users_around_a_leap_day() -> list[Files]:
    days = [datetime(2024, 2, 28, 23, 59), datetime(2024, 2, 29), datetime(2024, 3, 1)]
    records = [session(1, day, 90, i) for i, day in enumerate(days)]
    return [{"a.csv": [*records, session(2, datetime(2024, 2, 29, 23, 59), 5000)]}]


def three_users_across_a_new_year() -> list[Files]:
    """Three days, so that of the two before the last two only one is there."""
    return [
        {
            "a.csv": [
                session(1, datetime(2023, 12, 30, 12), 30, 4),
                session(2, datetime(2023, 12, 30, 1), 3, 9),
                session(2, datetime(2023, 12, 31, 23, 59), 30, 2),
                session(2, datetime(2024, 1, 1), 60, 2),
                session(3, datetime(2024, 1, 1, 1), 600, 3),
                session(4, datetime(2024, 1, 1, 2), 10, 1),
            ]
        }
    ]


def equal_users() -> list[Files]:
    same = record()
    users = [same | {"MSISDN/Number": f"9990000{i:04d}"} for i in range(7)]
    return [{"a.csv": users}]


def no_traffic() -> list[Files]:
    """Three groups of five users who differ in sessions, and not a byte."""
    empty = {name: 0 for name in record() if name.endswith("(Bytes)")}
    return [
        {
            "a.csv": [
                session(user, datetime(2024, 5, day), 20 * group + user, **empty)
                for user in range(1, 16)
                for group in [1 + user % 3]
                for day in range(1, 1 + group**2)
            ]
        }
    ]


def one_session_each() -> list[Files]:
    """Nobody comes twice, so only duration and traffic tell users apart."""
    begin, chance = datetime(2024, 6, 3), random.Random(5)
    return [
        {
            "a.csv": [
                session(
                    user,
                    begin + user * DAY / 9,
                    chance.lognormvariate(4, 1),
                    10 + int(10 * chance.lognormvariate(3, 1)),
                )
                for user in range(1, 61)
            ]
        }
    ]


def traffic_ends() -> list[Files]:
    """Volumes are delivered in the period before, but not in this one."""
    empty = {name: 0 for name in record() if name.endswith("(Bytes)")}
    begin, chance = datetime(2024, 3, 4), random.Random(6)
    return [
        {
            "a.csv": [
                session(
                    user,
                    begin + day * DAY + timedelta(minutes=user),
                    chance.lognormvariate(4, 1),
                    2 + 50 * user,
                    **(empty if day > 3 else {}),
                )
                for day in range(1, 7)
                for user in range(1, 61)
                if user == 1 or chance.random() < 0.5
            ]
        }
    ]


def fourteen_months() -> list[Files]:
    """Gaps of more than 30 days, the last just before the newest 28 days."""
    days = [*range(0, 40, 2), *range(90, 99), *range(200, 210), *range(398, 426, 3)]
    return [{"a.csv": history(MONTHS_BEGIN, days, range(1, 31), 14)}]


def two_periods() -> list[Files]:
    """70 days in two deliveries; in the second some users come, others go."""
    begin = datetime(2024, 1, 1)
    first = history(begin, list(range(60)), range(1, 61), 1)
    second = history(begin, list(range(60, 70)), range(21, 81), 2)
    busy = [
        session(user, begin + day * DAY, 2000, 5000)
        for user in range(31, 46)
        for day in range(60, 70)
    ]
    return [{"a.csv": first}, {"b.csv": [*second, *busy, first[-1]]}]


def clocks_are_changed(begin: datetime, seed: int) -> list[Files]:
    """A week around a change of the clocks, with a session in every hour of it."""
    users = range(1, 41)
    around = [
        session(
            1 + hour % 40, begin + timedelta(hours=hour, minutes=m), length, 5 + hour
        )
        for hour in range(60, 108)
        for m, length in ((10, 20), (59, 5), (30, 1), (0, 30), (40, 200))
    ]
    records = history(begin, list(range(7)), users, seed)
    whole = [session(3, begin + 7 * DAY, 7 * 24 * 60, 90)]
    return [{"a.csv": [*records, *around, *whole]}]


def clocks_are_put_back() -> list[Files]:
    return clocks_are_changed(datetime(2024, 10, 24), 5)


def clocks_are_put_back_by_half_an_hour() -> list[Files]:
    return clocks_are_changed(datetime(2024, 4, 3), 7)


def clocks_are_put_forward_by_half_an_hour() -> list[Files]:
    return clocks_are_changed(datetime(2024, 10, 2), 8)


def faults() -> list[Files]:
    """Duplicates within and across files, null fields, and every other fault."""
    day = datetime(2024, 7, 1, 12)

    def users(numbers: range, place: str) -> list[dict[str, object]]:
        place_of = {"Last Location Name": place}
        return [session(i, day, 10 + i, **place_of) for i in numbers]

    dropped = {f"{name} DL (Bytes)": "" for name in ("Google", "Email", "Gaming")}
    at_f = {"Last Location Name": "F"}
    twice = session(30, day, **at_f)
    partly = session(31, day, **dropped, **at_f)
    whole = [
        *users(range(1, 3), "A"),
        *users(range(1, 3), "B"),
        *users(range(1, 4), "C"),
        *users(range(10, 16), "E"),
        *users(range(10, 16), "D"),
        *users(range(16, 23), "F"),
        *users(range(23, 30), ""),
        *[twice, twice | {"Bearer Id": "another", "Dur. (ms)_1": 5}],
        *[partly, partly, partly | {"Google DL (Bytes)": 0}],
        session(32, day, **at_f | {"Start ms": ""}),
        session(32, day, **at_f | {"Start ms": 0}),
        session(33, day, 0, 7, **at_f | {"Start ms": 900, "End ms": 100}),
        session(34, day, 0, 7, **at_f | {"Start ms": 100, "End ms": 100}),
        session(35, day, **at_f | {"Dur. (ms)": 0.0005}),
        # so much that the load does not doubt the unit of volumes
        session(36, day, 60, 1_000, **{"Last Location Name": " F "}),
        session(37, day, **at_f | {"MSISDN/Number": " 99900000037.0 "}),
        session(37, day, **at_f | {"Start": "2024-07-01T10:00:00"}),
        session(38, day, **at_f | {"MSISDN/Number": "+99900000038"}),
        session(38, day, **at_f | {"MSISDN/Number": "0099900000038"}),
    ]
    broken = [
        session(40, day, **{"MSISDN/Number": " "}),
        session(40, day, **{"MSISDN/Number": "1234"}),
        session(40, day, **{"MSISDN/Number": "1" * 16, "End": "never"}),
        session(40, day, **{"Start ms": 1000}),
        session(40, day, **{"Total UL (Bytes)": 1.5}),
        session(40, day, **{"Total UL (Bytes)": 10**15 + 1}),
        session(40, day, **{"Google UL (Bytes)": "x", "Dur. (ms)": ""}),
        session(40, day, **{"End": "01/01/1970 00:00"}),
        session(40, day, **{"Start": "", "Last Location Name": "9.1E+15"}),
        session(40, day, **{"Total DL (Bytes)": "", "Total UL (Bytes)": -1}),
        session(40, day, **{"Google DL (Bytes)": -1}),
        session(40, day, -1),
        session(40, day, 31 * 24 * 60 + 1),
        session(40, datetime(2068, 7, 1), 10),
    ]
    # of the files that are delivered together, the second was modified earlier
    again_whole = [twice, partly, *users(range(1, 3), "A")]
    return [
        {"a.csv": whole, "z.csv": again_whole},
        {"y.csv": [*broken, *users(range(2, 4), "C")]},
    ]


@dataclass
class Case:
    """An export in one delivery or more, and the vars to build it with."""

    deliveries: Callable[[], list[Files]]
    settings: dict[str, Any] = field(default_factory=dict)
    # what has to come out of it, lest a table be empty on both sides
    movements: tuple[str, ...] = ()
    verdict: str = "The criteria disagree"


CASES = {
    "sample": Case(lambda: []),
    "one_user": Case(one_user, verdict="No criterion suggests a k: too few"),
    "two_users": Case(
        two_users_around_a_leap_day,
        {"engagement_days": None},
        verdict="No criterion suggests a k: too few",
    ),
    "three_users": Case(
        three_users_across_a_new_year,
        {"engagement_days": 2},
        ("gone", "new"),
        "The criteria show no cluster structure",
    ),
    "equal_users": Case(equal_users, verdict="No criterion suggests a k: too few"),
    "no_traffic": Case(
        no_traffic, {"cluster_scaler": "log_standard"}, verdict="3 of 5"
    ),
    "one_application": Case(
        three_users_across_a_new_year,
        {"engagement_days": 2, "applications": [TOTAL]},
        ("gone", "new"),
        "The criteria show no cluster structure",
    ),
    "one_session_each": Case(one_session_each, {"applications": []}),
    "traffic_ends": Case(
        traffic_ends,
        {"engagement_days": 3, "applications": []},
        ("down", "gone", "new", "up"),
    ),
    "fourteen_months": Case(fourteen_months, movements=("new",)),
    "fourteen_months_all": Case(
        fourteen_months, {"engagement_days": None, "cluster_scaler": "robust"}
    ),
    "two_periods": Case(
        two_periods, {"cluster_count": 4}, ("down", "gone", "new", "up")
    ),
    "put_back": Case(clocks_are_put_back, {"report_timezone": "Europe/Paris"}),
    "put_back_by_half_an_hour": Case(
        clocks_are_put_back_by_half_an_hour,
        {"report_timezone": "Australia/Lord_Howe"},
    ),
    "put_forward_by_half_an_hour": Case(
        clocks_are_put_forward_by_half_an_hour,
        {"report_timezone": "Australia/Lord_Howe"},
    ),
    "quarter_hours": Case(
        two_periods, {"report_timezone": "Asia/Kathmandu"}, ("gone", "new", "up")
    ),
    "faults": Case(
        faults,
        {
            "max_rejected_share": 1,
            "top_n": 3,
            "top_application_count": 9,
            "cluster_scaler": "minmax",
            "cluster_count": 2,
        },
    ),
}


@dataclass
class Built:
    """What the project made of an export, and what it should have made."""

    case: Case
    project: Project
    settings: dict[str, Any]
    load: again.Load
    # users of the period at the time of the first build
    fitted_on: list[Row]
    fitted_days: int

    def table(self, name: str, schema: str = "marts") -> list[Row]:
        """Read a table of the warehouse as it is stored."""
        path = self.project.output / "warehouse.duckdb"
        with duckdb.connect(path, read_only=True) as db:
            relation = db.sql(f"from {schema}.{name}")
            return [
                dict(zip(relation.columns, row, strict=True))
                for row in relation.fetchall()
            ]

    @cached_property
    def period(self) -> Row:
        days = self.settings["engagement_days"]
        return again.engagement_period(self.load.sessions, days)

    @cached_property
    def now(self) -> list[again.Session]:
        return again.sessions_now(self.load.sessions, self.period)

    @cached_property
    def users(self) -> list[Row]:
        return again.user_engagement(self.now, self.period)

    @cached_property
    def user_applications(self) -> list[Row]:
        return again.user_application_traffic(self.now)

    @cached_property
    def applications(self) -> list[Row]:
        return again.application_traffic(self.user_applications)

    @cached_property
    def centroids(self) -> list[Row]:
        """The project's own: clusters are computed from them."""
        return self.table("cluster_centroids")

    @cached_property
    def members(self) -> list[Row]:
        return clusters.user_clusters(self.users, self.centroids)

    @cached_property
    def cluster_of(self) -> dict[str, int]:
        return {row["user_id"]: row["cluster_id"] for row in self.members}


def built_of(
    case: Case,
    project: Project,
    load: again.Load,
    first: again.Load | None = None,
    kind: type[Built] = Built,
) -> Built:
    """Compute what the project should have made, if the first build was of `first`."""
    first = first or load
    settings = DEFAULTS | case.settings
    period = again.engagement_period(first.sessions, settings["engagement_days"])
    users = again.user_engagement(again.sessions_now(first.sessions, period), period)
    return kind(case, project, settings, load, users, period["covered_days"])


def deliver(path: Path, records: list[dict[str, object]], number: int) -> Path:
    """Write a file of an export; what is delivered later was modified earlier."""
    write_export(path, records)
    os.utime(path, (1_700_000_000 - 60 * number,) * 2)
    return path


def built_from(case: Case, project: Project, folder: Path) -> Built:
    """Deliver and build, delivery by delivery."""
    zone = (DEFAULTS | case.settings)["report_timezone"]
    files: list[Path] = []
    folder.mkdir()
    for delivery in case.deliveries():
        for name, records in delivery.items():
            files.append(deliver(folder / name, records, len(files) + 1))
        result = project.build(folder, settings=case.settings)
        assert not result.failed, result.text
        if len(files) == len(case.deliveries()[0]):
            first = again.read_export(files, zone)
    return built_of(case, project, again.read_export(files, zone), first)


@pytest.fixture(scope="module", params=CASES)
def built(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    target: Path,
) -> Iterator[Built]:
    """Build each export once."""
    case = CASES[request.param]
    if request.param == "sample":
        project = request.getfixturevalue("sample")
        yield built_of(case, project, again.read_export([SAMPLE]))
        return
    base = tmp_path_factory.mktemp(request.param)
    applications = again.APPLICATIONS
    if "applications" in case.settings:
        applications = {
            each["name"]: each["dl"].removesuffix(" DL (Bytes)")
            for each in case.settings["applications"]
        }
    with patch.dict(again.APPLICATIONS, applications, clear=True):
        yield built_from(case, Project(base / "output", target), base / "exports")


# What is compared


def equal(expected: Any, found: Any, tolerance: float = 1e-9) -> bool:
    """Compare doubles to nine digits and everything else exactly."""
    if type(expected) is not type(found):
        return False
    if isinstance(expected, float):
        return math.isclose(expected, found, rel_tol=tolerance, abs_tol=1e-12)
    return expected == found


def differences(
    expected: list[Row], found: list[Row], *keys: str, ignore: tuple[str, ...] = ()
) -> list[str]:
    """List where two tables differ, by key and column."""

    def by_key(rows: list[Row]) -> dict[tuple, Row]:
        # a share such as 29/100 is found again, whatever its last bit
        table = {
            tuple(round(v, 9) if isinstance(v, float) else v for v in key): row
            for row in rows
            for key in [tuple(row[name] for name in keys)]
        }
        assert len(table) == len(rows), f"{keys} is no key"
        return table

    left, right = by_key(expected), by_key(found)
    texts = [f"{key} is missing" for key in left.keys() - right.keys()]
    texts += [f"{key} is too many" for key in right.keys() - left.keys()]
    for key in left.keys() & right.keys():
        row, other = ({n: v for n, v in r[key].items() if n not in ignore}
                      for r in (left, right))  # fmt: skip
        if row.keys() != other.keys():
            return [f"columns {sorted(row.keys() ^ other.keys())}"]
        texts += [
            f"{key} {name}: {other[name]!r}, not {row[name]!r}"
            for name in row
            if not equal(row[name], other[name])
        ]
    return texts


def assert_no_differences(found: dict[str, list[str]]) -> None:
    shown = [f"{name}: {text}" for name, texts in found.items() for text in texts[:5]]
    assert not shown, "\n".join(shown)


def users_with_devices(built: Built) -> list[Row]:
    devices = xp.main_devices(built.now)
    names = ("device", "device_class")
    return [
        row | dict(zip(names, devices[row["user_id"]], strict=True))
        for row in built.users
    ]


def people(built: Built) -> list[Row]:
    return xp.without_fixed_devices(users_with_devices(built))


WITHOUT_CLUSTERS: dict[str, tuple[Callable[[Built], list[Row]], tuple[str, ...]]] = {
    "engagement_period": (lambda b: [b.period], ("ends_on",)),
    "engagement_changes": (
        lambda b: again.engagement_changes(b.load.sessions, b.period),
        ("measure", "application"),
    ),
    "user_engagement": (
        users_with_devices,
        ("user_id",),
    ),
    "user_experience": (lambda b: xp.user_experience(b.now), ("user_id",)),
    "device_experience": (
        lambda b: xp.experience_by("device", xp.device_of, b.now),
        ("device",),
    ),
    "location_experience": (
        lambda b: xp.experience_by("location", xp.location_of, b.now),
        ("location",),
    ),
    "engagement_metrics": (lambda b: again.engagement_metrics(), ("metric",)),
    "top_users": (
        lambda b: again.top_users(b.users, b.settings["top_n"]),
        ("metric", "user_rank"),
    ),
    "engagement_concentration": (
        lambda b: again.engagement_concentration(b.users),
        ("metric",),
    ),
    "top_users_without_fixed_devices": (
        lambda b: again.top_users(people(b), b.settings["top_n"]),
        ("metric", "user_rank"),
    ),
    "concentration_without_fixed_devices": (
        lambda b: again.engagement_concentration(people(b)) if people(b) else [],
        ("metric",),
    ),
    "lorenz_curve": (lambda b: again.lorenz_curve(b.users), ("metric", "user_share")),
    "daily_engagement": (
        lambda b: again.daily_engagement(b.load.sessions),
        ("session_date",),
    ),
    "weekly_retention": (
        lambda b: again.weekly_retention(b.load.sessions),
        ("cohort_week", "weeks_later"),
    ),
    "user_application_traffic": (
        lambda b: b.user_applications,
        ("user_id", "application"),
    ),
    "application_traffic": (lambda b: b.applications, ("application",)),
    "top_applications": (
        lambda b: again.top_applications(
            b.applications, b.settings["top_application_count"]
        ),
        ("application",),
    ),
    "top_users_per_application": (
        lambda b: again.top_users_per_application(
            b.user_applications, b.settings["top_n"]
        ),
        ("application", "user_rank"),
    ),
}


def engaged(built: Built) -> set[str]:
    highest = max(row["cluster_id"] for row in built.centroids)
    return {user for user, cluster in built.cluster_of.items() if cluster == highest}


def locations(built: Built) -> list[Row]:
    return again.location_traffic(built.now, engaged(built))


def priorities(built: Built) -> list[Row]:
    """With the busy hour as location_hours has it, which a test of its own checks."""
    hours = defaultdict(list)
    for row in built.table("location_hours"):
        hours[row["location"]].append(row)
    rows = xp.location_priorities(built.now, locations(built))
    for row in rows:
        best = min(
            hours[row["location"]],
            key=lambda h: (
                h["mean_mbit_per_second"] is None,
                -(h["mean_mbit_per_second"] or 0),
                -h["total_bytes"],
                h["hour_of_week"],
            ),
            default=defaultdict(lambda: None),
        )
        row["busy_hour_of_week"] = best["hour_of_week"]
        row["busy_mbit_per_second"] = best["mean_mbit_per_second"]
        row["busy_highly_engaged_bytes"] = best["highly_engaged_bytes"]
    return rows


def migration(built: Built) -> list[Row]:
    before = again.sessions_before(built.load.sessions, built.period)
    totals = [
        {"user_id": user} | again.totals(sessions)
        for user, sessions in again.by_user(before).items()
    ]
    return clusters.cluster_migration(
        built.users, totals, built.centroids, built.period
    )


WITH_CLUSTERS: dict[str, tuple[Callable[[Built], list[Row]], tuple[str, ...]]] = {
    "user_clusters": (lambda b: b.members, ("user_id",)),
    "cluster_summary": (
        lambda b: clusters.cluster_summary(b.members),
        ("cluster_id", "metric"),
    ),
    "cluster_applications": (
        lambda b: clusters.cluster_applications(
            b.members, b.user_applications, b.applications
        ),
        ("cluster_id", "application"),
    ),
    "cluster_model": (
        lambda b: [
            clusters.cluster_model(
                b.centroids,
                b.table("elbow_curve"),
                b.cluster_of,
                b.settings["cluster_count"],
            )
        ],
        ("fitted_at",),
    ),
    "cluster_migration": (migration, ("user_id",)),
    "location_traffic": (locations, ("location",)),
    "device_usage": (lambda b: xp.device_usage(b.now, engaged(b)), ("device",)),
    "cluster_device_classes": (
        lambda b: xp.cluster_device_classes(
            users_with_devices(b), {row["user_id"]: row for row in b.members}
        ),
        ("cluster_id", "device_class"),
    ),
    "engagement_experience": (
        lambda b: xp.engagement_experience(b.now, b.members),
        ("cluster_id", "experience_class"),
    ),
    "location_priorities": (priorities, ("location",)),
    "allocation_curve": (
        lambda b: xp.allocation_curve(b.now, engaged(b)),
        ("location_rank",),
    ),
}
OTHERS = {
    "location_hours",
    *("load_report", "rejected_records", "hourly_traffic"),
    *("elbow_curve", "cluster_centroids"),
}


def test_no_mart_is_left_out(sample: Project) -> None:
    assert sample.marts().keys() == {*WITHOUT_CLUSTERS, *WITH_CLUSTERS, *OTHERS}


def test_marts(built: Built) -> None:
    found = {
        name: differences(compute(built), built.table(name), *keys)
        for name, (compute, keys) in (WITHOUT_CLUSTERS | WITH_CLUSTERS).items()
    }
    found["load_report"] = differences(
        again.load_report(built.load),
        built.table("load_report"),
        "source_file",
        ignore=("loaded_at",),
    )
    found["published.location_traffic"] = differences(
        again.published_location_traffic(
            locations(built), built.settings["min_group_size"]
        ),
        built.table("location_traffic", "published"),
        "location",
    )
    found["published.daily_engagement"] = differences(
        again.published_daily_engagement(
            again.daily_engagement(built.load.sessions),
            built.settings["min_group_size"],
        ),
        built.table("daily_engagement", "published"),
        "session_date",
    )
    found["published.weekly_retention"] = differences(
        again.published_weekly_retention(
            again.weekly_retention(built.load.sessions),
            built.settings["min_group_size"],
        ),
        built.table("weekly_retention", "published"),
        *("cohort_week", "weeks_later"),
    )
    assert_no_differences(found)


def test_exports_are_telling(built: Built) -> None:
    """Both sides could agree on an empty table."""
    movements = {row["movement"] for row in built.table("cluster_migration")}
    (model,) = built.table("cluster_model")

    assert sorted(movements) == list(built.case.movements)
    assert model["verdict"].startswith(built.case.verdict)
    assert model["needs_refit"] is (built.case.deliveries is two_periods)


def test_rejected_records(built: Built) -> None:
    rows = built.table("rejected_records")
    found = {
        (row["source_file"], row["line_number"], row["rejection_reason"])
        for row in rows
    }
    assert found == again.rejected_records(built.load)
    assert len(rows) == len(found)


def test_location_hours(built: Built) -> None:
    """A session is off by less than a byte in an hour, and by none in all."""
    period = built.period
    expected = {
        (row["location"], row["hour_of_week"]): row
        for row in xp.location_hours(
            *(built.now, engaged(built), period["ends_on"], period["covered_days"])
        )
    }
    found = {
        (row["location"], row["hour_of_week"]): row
        for row in built.table("location_hours")
    }

    assert found.keys() == expected.keys()
    for key, row in found.items():
        for name, value in expected[key].items():
            if isinstance(value, float):
                least = 0.001 if name.endswith("second") else len(built.now)
                close = {"rel": 1e-6, "abs": least}
                assert row[name] == pytest.approx(value, **close), (key, name)
            else:
                assert row[name] == value, (key, name)
    assert sum(row["total_bytes"] for row in found.values()) == sum(
        session.total_bytes for session in built.now
    )


def test_hourly_traffic(built: Built) -> None:
    expected = again.hourly_traffic(built.now, built.cluster_of)
    found = built.table("hourly_traffic")
    keys = ("hour_started_at", "cluster_id")
    ranks = ("cluster_name", "hour_rank")

    assert_no_differences(
        {
            "hourly_traffic": differences(
                expected, found, *keys, ignore=("total_bytes", "running", *ranks)
            )
        }
    )
    # a session's rate is in whole 10^-12 bytes per ms, so its hour is exact to 2e-6
    bytes_of = {tuple(row[name] for name in keys): row for row in found}
    for row in expected:
        total = bytes_of[tuple(row[name] for name in keys)]["total_bytes"]
        slack = 2e-6 * row["running"] + 1e-9 * row["total_bytes"]
        assert abs(total - row["total_bytes"]) <= slack, row
    names = {row["cluster_id"]: row["cluster_name"] for row in built.centroids}
    assert {r["cluster_id"]: r["cluster_name"] for r in found}.items() <= names.items()
    for cluster in names:
        hours = [row for row in found if row["cluster_id"] == cluster]
        assert sorted(hours, key=lambda row: row["hour_rank"]) == [
            {name: value for name, value in row.items() if name != "hour_rank"}
            | {"hour_rank": i}
            for i, row in enumerate(
                sorted(
                    hours,
                    key=lambda row: (-row["total_bytes"], row["hour_started_at"]),
                ),
                1,
            )
        ]


def test_clusters_are_well_fitted(built: Built) -> None:
    """No better clusters are found, and they are what cluster_centroids says."""
    rows = built.centroids
    scaler = built.settings["cluster_scaler"]
    expected = clusters.scaling(built.fitted_on, scaler)
    points = clusters.scaled(built.fitted_on, scaler, expected)
    k = min(built.settings["cluster_count"], clusters.distinct(points))
    measured = clusters.distances(points, clusters.centroids_of(rows))
    inertia = float((measured.min(axis=1) ** 2).sum())
    best = min(end for end, _ in clusters.fits(points, k, 30))
    sums = [sum(row[f"{name}_centroid"] for name in METRICS) for row in rows]

    assert [row["cluster_id"] for row in rows] == list(range(1, k + 1))
    assert sums == sorted(sums)
    assert [row["cluster_name"] for row in rows] == clusters.cluster_names(k)
    assert [row["user_count"] for row in rows] == [
        int((measured.argmin(axis=1) == i).sum()) for i in range(k)
    ]
    for row in rows:
        assert all(equal(value, row[name]) for name, value in expected.items())
        assert (row["scaler"], row["fitted_share"]) == (scaler, 1.0)
        assert row["fitted_days"] == built.fitted_days
        assert row["inertia"] == pytest.approx(inertia, rel=1e-6, abs=1e-9)
        assert row["inertia"] <= 1.001 * best + 1e-9


def test_elbow_curve(built: Built) -> None:
    """The curve is as low, its scores are those of its clusters, and suggest this."""
    curve = built.table("elbow_curve")
    scaler = built.settings["cluster_scaler"]
    points = clusters.scaled(built.fitted_on, scaler, built.centroids[0])
    most = clusters.distinct(points)
    suggested = clusters.suggestions(curve)
    of_one = curve[0]["inertia"]
    judged = 0

    assert [row["k"] for row in curve] == list(range(1, min(10, most) + 1))
    for row in curve:
        k = row["k"]
        ends = clusters.fits(points, k, 40)
        assert row["inertia"] <= min(e for e, _ in ends) + 0.001 * of_one + 1e-9
        slack = SINGLE * row["inertia"] + 1e-11 * of_one
        same = [end for end in ends if abs(end[0] - row["inertia"]) <= slack]
        # a fit of many clusters may end where none of these does, even lower
        for name, (low, high) in clusters.separation(points, same or ends).items():
            if same or low is None:
                assert equal(low, row[name], SCORE), (k, name, low, row[name])
                assert equal(high, row[name], SCORE), (k, name, high, row[name])
            else:
                edge = 0.01 * abs(row[name])
                assert low - edge <= row[name] <= high + edge, (k, name)
        judged += bool(same)
        assert row["is_elbow"] is (suggested["elbow"] == k)
        assert row["suggested_by"] == ", ".join(
            name for name, best in suggested.items() if best == k
        )
        assert (row["scaler"], row["fitted_days"]) == (scaler, built.fitted_days)
        gap_is_right(row, points)
    assert judged >= min(6, len(curve))


def gap_is_right(row: Row, points: np.ndarray) -> None:
    """Compare a gap with one from other references, which are random."""
    if row["k"] == clusters.distinct(points):
        assert (row["gap"], row["gap_deviation"]) == (None, None)
        return
    logs = np.log(clusters.reference_inertias(points, row["k"]))
    deviation = float(logs.std() * math.sqrt(1 + 1 / clusters.REFERENCES))
    error = 5 * max(row["gap_deviation"], deviation) * math.sqrt(2 / len(logs))
    gap = float(logs.mean() - math.log(row["inertia"]))
    assert abs(row["gap"] - gap) <= error, (row["k"], gap)
    assert deviation / 3 <= row["gap_deviation"] <= 3 * deviation, row["k"]
