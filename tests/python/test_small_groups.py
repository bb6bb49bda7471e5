"""Nothing that is published tells how many a group of few users are."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from compiled import Compiled
from conftest import SAMPLE, Project

EXPORTS = int(os.environ.get("EXPORTS", "4"))
PUBLISHES = 3
LEAST = 5  # the var min_group_size
Row = dict[str, Any]
Published = dict[str, dict[tuple, Row]]
# The key of each table of groups, and its counts of users and sessions.
GROUPS = {
    "location_traffic": (
        ("location",),
        ("user_count", "highly_engaged_user_count", "session_count"),
    ),
    "location_priorities": (
        ("location",),
        (
            *("user_count", "highly_engaged_user_count", "measured_count"),
            *("busy_measured_count", "quiet_measured_count"),
        ),
    ),
    "location_experience": (("location",), ("session_count", "measured_count")),
    "location_hours": (("location", "hour_of_week"), ("session_count",)),
    "allocation_curve": (("location",), ("gain", "covered_users")),
    "device_usage": (
        ("device",),
        ("user_count", "highly_engaged_user_count", "session_count"),
    ),
    "device_experience": (("device",), ("session_count", "measured_count")),
    "hourly_traffic": (("hour_started_at", "cluster_id"), ("concurrent_sessions",)),
    "weekly_retention": (
        ("cohort_week", "weeks_later"),
        ("user_count", "active_users"),
    ),
    "daily_engagement": (
        ("session_date",),
        (
            *("active_users", "new_users", "returning_users", "session_count"),
            *("active_users_7d", "active_users_30d"),
        ),
    ),
}
# Who the users of each group really are.
TRUTH = """
with sessions as (
    select
        sessions.*,
        clusters.cluster_id,
        coalesce(location, '(missing)') as place
    from intermediate.int_signed_sessions as sessions
    inner join marts.user_clusters as clusters using (user_id)
    cross join marts.engagement_period as period
    where session_date between period.starts_on and period.ends_on
),

hours as (
    select
        *,
        unnest(range(
            date_trunc('hour', started_at),
            greatest(started_at, ended_at) + interval 1 millisecond,
            interval 1 hour
        )) as hour
    from sessions
)

select distinct 'location' as kind, place as first, null as second, user_id
from sessions
union all
select distinct 'device', coalesce(device, '(missing)'), null, user_id
from intermediate.int_measured_sessions
union all
select distinct
    'place and hour', place, ((isodow(hour) - 1) * 24 + hour(hour))::varchar, user_id
from hours
union all
select distinct
    'engaged or not',
    place,
    (cluster_id = (select max(cluster_id) from marts.cluster_centroids))::varchar,
    user_id
from sessions
union all
select distinct 'cluster and hour', hour::varchar, cluster_id::varchar, user_id
from hours
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    folder = tmp_path_factory.mktemp("compiled")
    project = Project(folder / "output", folder / "target")
    result = project.dbt(
        *("build", "--exclude-resource-type", "unit_test"), xdr=SAMPLE,
        DBT_TARGET_PATH=str(folder / "target"),
    )  # fmt: skip
    assert not result.failed, result.text
    return Compiled(project)


def history(chance: random.Random, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Make the records of an export, and of more that come day by day."""
    begin = datetime(2019, 4, 1)
    users = [f"99900{n:06}" for n in range(chance.choice([6, 20, 60]))]
    places = [None, *"ABCDEF"][: chance.randint(2, 7)]
    devices = [None, *"abc"][: chance.randint(2, 4)]
    home = {user: chance.choice(places) for user in users}
    longest = chance.choice([0.5, 30, 200])  # hours
    rows = []

    def visit(day: int) -> Row:
        user = chance.choice(users[: 1 + int(len(users) * chance.random() ** 0.5)])
        end = begin + timedelta(days=day, hours=24 * chance.random())
        length = timedelta(hours=longest * chance.random() ** 2)
        place = home[user] if chance.random() < 0.7 else chance.choice(places)
        start = (end - length).replace(microsecond=0)
        measured = chance.random() < 0.5
        return dict.fromkeys(columns) | {
            "source_file": "x.csv", "loaded_at": begin, "user_id": user,
            "started_at": start, "ended_at": end.replace(microsecond=0),
            "session_date": end.date(), "location": place,
            "device": chance.choice(devices), "is_mangled": False,
            "duration_ms": int(length.total_seconds() * 1000),
            "throughput_dl_kbps": chance.uniform(50, 5000) if measured else None,
        } | {
            name: chance.randint(0, 9_999_999)
            for name in columns
            if name.endswith(("dl_bytes", "ul_bytes")) and "retrans" not in name
        }  # fmt: skip

    for day in range(28 + PUBLISHES - 1):
        rows += [visit(day) for _ in range(chance.choice([0, 1, 3, 30]))]
        if day == 27:  # the busiest few alone at a place, and in a cluster's hours
            rows += [visit(day) | {"location": "router"} for _ in range(40)]
        if day >= 27:
            yield pd.DataFrame([*rows, visit(day)])


def published(compiled: Compiled, schema: str) -> Published:
    tables = {}
    for mart, (keys, counts) in GROUPS.items():
        rows = compiled.table(mart, schema)
        assert all({*keys, *counts} <= row.keys() for row in rows), mart
        tables[mart] = {tuple(row[key] for key in keys): row for row in rows}
    return tables


def possible(count: float | None, rounded: bool) -> range:
    """Say what a count can be, to somebody who knows how it was published."""
    if not rounded:
        return range(0) if count is None else range(int(count), int(count) + 1)
    if count is None:
        return range(1, LEAST)
    return range(int(count), int(count) + (LEAST if count else 1))


def tells(some: range, others: range) -> bool:
    """Whether a difference is that of a group of few, and known."""
    found = {one - other for one in some for other in others if one >= other}
    return len(found) == 1 and found < set(range(1, LEAST))


def told(tables: Published, before: Published | None, rounded: bool) -> set[str]:
    """Attack the counts of a publish and their differences."""
    found = set()
    for mart, rows in tables.items():
        for key, row in rows.items():
            counts = {name: possible(row[name], rounded) for name in GROUPS[mart][1]}
            for name, count in counts.items():
                if tells(count, range(1)):
                    found.add(f"{mart}.{name}")
                then = before and before[mart].get(key)
                if then and tells(count, possible(then[name], rounded)):
                    found.add(f"{mart}.{name} since the last publish")
                for other in counts.keys() - {name}:
                    if tells(count, counts[other]):
                        found.add(f"{mart}.{name} less {other}")
    return found


def shown(tables: Published, truth: dict[tuple, set[str]]) -> set[str]:
    """Find figures of a group of few, or of all groups that are not shown."""
    found = set()
    figures: dict[str, dict[tuple, Any]] = {
        "location": {
            (*key, None): row["total_bytes"]
            for key, row in tables["location_traffic"].items()
        },
        "device": {
            (*key, None): row["total_bytes"]
            for key, row in tables["device_usage"].items()
        },
        "place and hour": {
            (place, str(hour)): row["total_bytes"]
            for (place, hour), row in tables["location_hours"].items()
        },
        "engaged or not": {
            (place, engaged): row["highly_engaged_bytes"]
            for engaged in ("true", "false")
            for (place, _), row in tables["location_hours"].items()
            if row["highly_engaged_bytes"] is not None
        },
        "cluster and hour": {
            (str(hour), str(cluster)): row["total_bytes"]
            for (hour, cluster), row in tables["hourly_traffic"].items()
        },
    }
    hidden: dict[tuple, set[str]] = {}
    partly = set()
    for (kind, *key), users in truth.items():
        figure = figures[kind].get(tuple(key))
        if figure is not None and len(users) < LEAST:
            found.add(f"{kind} {key}")
        whole = {"place and hour": key[0], "cluster and hour": key[1]}.get(kind)
        if figure is None:
            hidden.setdefault((kind, whole), set()).update(users)
        else:
            partly.add((kind, whole))
    for (kind, whole), users in hidden.items():
        if len(users) < LEAST and (kind, whole) in partly:
            found.add(f"{kind}: the total of {whole} less what is shown")
    return found


def truth_of(compiled: Compiled) -> dict[tuple, set[str]]:
    users: dict[tuple, set[str]] = {}
    for *group, user in compiled.query(TRUTH):
        users.setdefault(tuple(group), set()).add(user)
    return users


@pytest.mark.parametrize("seed", range(EXPORTS))
def test_no_group_of_few_is_told(compiled: Compiled, seed: int) -> None:
    """Neither by a publish nor by what has changed since the one before."""
    columns = [
        name
        for name, *_ in compiled.query(
            "select column_name from information_schema.columns"
            " where table_name = 'stg_xdr__records'"
            " order by ordinal_position"
        )
    ]
    before = exact_before = None
    exact, attacked = set(), set()
    for records in history(random.Random(seed), columns):
        compiled.load(records)
        truth = truth_of(compiled)
        tables = published(compiled, "published")
        marts = published(compiled, "marts")
        attacked |= told(tables, before, rounded=True) | shown(tables, truth)
        exact |= told(marts, exact_before, rounded=False) | shown(marts, truth)
        before, exact_before = tables, marts

    assert attacked == set()
    assert len(exact) > 5, "the attack finds nothing anyway"
