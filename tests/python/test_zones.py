"""Clocks of zones: what SQL makes of them is what Python's zoneinfo says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml
from conftest import ROOT, Project, record, write_export

from engagement.export.zones import clock_steps, hours_of, offsets, zone_names
from engagement.settings import SettingsError, check_vars

ZONES = (
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",  # changed at 00:01
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # changed by half an hour
    "Africa/Casablanca",  # put back for Ramadan
    "Pacific/Apia",  # a day was skipped
    "UTC",
)
DEFAULTS = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))["vars"]
SECOND = timedelta(seconds=1)
Compiler = Callable[[str, str], str]
FIRST, LAST = datetime(1990, 1, 1), datetime(2100, 1, 1)


def instants(zone: str) -> list[datetime]:
    """List the changes of the clocks to the second, hours around them, and others."""
    chance = random.Random(zone)
    changes = [
        datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
        for at, _ in offsets(zone)[1:]
    ]
    around = [
        change + timedelta(hours=hours) + seconds * SECOND
        for change in changes
        for hours in (-24, -1, -0.5, 0, 0.5, 1, 24)
        for seconds in (-1, 0, 1)
    ]
    others = [FIRST + chance.random() * (LAST - FIRST) for _ in range(2000)]
    return [time for time in [*around, *others] if FIRST <= time < LAST]


def shown(time: datetime, zone: str) -> datetime:
    """Say what clocks show at a time in UTC."""
    return time.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def in_utc(time: datetime, zone: str, fold: int = 0) -> datetime:
    """Say when clocks show a time; with fold, when they show it again."""
    local = time.replace(tzinfo=ZoneInfo(zone), fold=fold)
    return local.astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def sql_of(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Compiler:
    """Compile SQL of macros in a project, with both zones set to one."""
    project = Project(tmp_path_factory.mktemp("zones") / "output", target)

    @cache
    def compiled(zone: str, query: str) -> str:
        settings = json.dumps({"xdr_timezone": zone})
        result = project.dbt(
            *("--quiet", "compile", "--no-inject-ephemeral-ctes", "--inline", query),
            *("--vars", settings),
        )
        assert not result.failed, result.text
        return result.text

    return compiled


CLOCKS = """
select
    {{ local_time("time_at") }} as local_at,
    {{ utc_time("time_at") }} as utc_at,
    {{ repeated_ms("time_at") }} as repeated_ms,
    {{ hour_start("time_at") }} as hour_at,
    {{ hour_ms("time_at") }} as hour_ms
from times
"""


@dataclass
class Clocks:
    """What the macros make of times."""

    zone: str
    sql: str

    def show(self, times: list[datetime]) -> list[tuple]:
        """Ask for the columns of CLOCKS for each time."""
        with duckdb.connect() as db:
            listed = ", ".join(f"'{time}'" for time in times)
            db.execute(
                "create table times as select generate_subscripts(list, 1) as place,"
                " unnest(list) as time_at"
                f" from (select [{listed}]::timestamp[] as list)"
            )
            return db.sql(f"{self.sql} order by place").fetchall()


@pytest.fixture(scope="module", params=ZONES)
def clocks(request: pytest.FixtureRequest, sql_of: Compiler) -> Clocks:
    return Clocks(request.param, sql_of(request.param, CLOCKS))


def test_macros_show_what_clocks_show(clocks: Clocks) -> None:
    zone, times = clocks.zone, instants(clocks.zone)
    # what clocks show, and what they skip
    times += [shown(time, zone) for time in times]
    for time, found in zip(times, clocks.show(times), strict=True):
        local, utc, repeated, hour, _ = found
        again = (in_utc(time, zone, 1) - in_utc(time, zone)) // SECOND
        assert local == shown(time, zone), time
        assert utc == in_utc(time, zone), time
        assert repeated == max(0, again) * 1000, time
        assert time - timedelta(hours=1) < hour <= time, time


def test_times_come_back(clocks: Clocks) -> None:
    """Either at once, or when clocks show them again."""
    times = instants(clocks.zone)
    local = [row[0] for row in clocks.show(times)]
    for time, (_, back, repeated, *_) in zip(times, clocks.show(local), strict=True):
        assert time - back in (timedelta(), timedelta(milliseconds=repeated)), time


def test_hours_follow_each_other(clocks: Clocks) -> None:
    """Each begins with a full hour or a change, and ends where the next begins."""
    starts = sorted({row[3] for row in clocks.show(instants(clocks.zone))})
    hours = clocks.show(starts)
    changes = {step["since"] for step in clock_steps(clocks.zone, "to_local")}
    for start, (local, _, _, hour, _) in zip(starts, hours, strict=True):
        assert hour == start
        assert not (local.minute or local.second) or str(start) in changes, start
    ends = [row[3] + timedelta(milliseconds=row[4]) for row in hours]
    lasting = [row[3] for row in clocks.show([end - SECOND for end in ends])]
    following = [row[3] for row in clocks.show(ends)]
    assert (lasting, following) == (starts, ends)


@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Kolkata"])
def test_times_that_no_session_has_stay_as_they_are(
    zone: str, sql_of: Compiler
) -> None:
    odd = ["infinity", "-infinity", "0001-01-01", "294247-01-10 04:00:54.775806"]
    with duckdb.connect() as db:
        listed = ", ".join(f"timestamp '{time}'" for time in odd)
        db.execute(f"create table times as select unnest([{listed}, null]) as time_at")
        sql = sql_of(zone, CLOCKS)
        changed = db.sql(
            f"select count(*) from (select time_at, local_at, utc_at from times"
            f" positional join ({sql})) where local_at is distinct from time_at"
            " or utc_at is distinct from time_at"
        ).fetchone()
    assert changed == (0,)


def test_the_default_is_the_column_itself(sql_of: Compiler) -> None:
    sql = sql_of("UTC", CLOCKS)
    parts = [" ".join(line.split()) for line in sql.splitlines() if " as " in line]
    assert parts == [
        "time_at as local_at,",
        "time_at as utc_at,",
        "0 as repeated_ms,",
        "date_trunc('hour', time_at) as hour_at,",
        "3600000 as hour_ms",
    ]


def test_without_changes_there_is_one_case(sql_of: Compiler) -> None:
    assert sql_of("Asia/Kolkata", CLOCKS).count("case") == 2  # of both directions


def test_days_of_a_zone_may_have_23_or_25_hours() -> None:
    steps = clock_steps("Europe/Paris", "to_local")
    lengths = {}
    for day in (datetime(2024, 3, 31), datetime(2024, 6, 1), datetime(2024, 10, 27)):
        end = in_utc(day + timedelta(days=1), "Europe/Paris")
        lengths[day.month] = (end - in_utc(day, "Europe/Paris")) // timedelta(hours=1)
    assert lengths == {3: 23, 6: 24, 10: 25}
    since = [step["since"] for step in steps if (step["since"] or "")[:4] == "2024"]
    assert since == ["2024-03-31 01:00:00", "2024-10-27 01:00:00"]


def test_every_zone_is_found_as_exactly_as_day_by_day() -> None:
    """Times of all zones to 2030, twice a day, against their steps."""
    begin, end = datetime(1990, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    for zone in sorted(zone_names())[::12]:
        steps = [*offsets(zone)]
        clock = ZoneInfo(zone)
        for instant in range(int(begin.timestamp()), int(end.timestamp()), 43_200):
            while len(steps) > 1 and steps[1][0] <= instant:
                steps.pop(0)
            ahead = datetime.fromtimestamp(instant, clock).utcoffset()
            assert ahead.total_seconds() == steps[0][1], (zone, instant)


def test_hours_are_short_only_where_clocks_change_by_a_part_of_one() -> None:
    assert hours_of("Europe/Paris")["short"] == []
    assert hours_of("Asia/Kathmandu") == {
        "steps": [{"since": None, "seconds": 2700}],
        "short": [],
    }
    assert hours_of("America/Caracas")["short"] == [
        {"started_at": "2007-12-09 07:00:00", "seconds": 1800},
        {"started_at": "2016-05-01 06:30:00", "seconds": 1800},
    ]


UNTANGLED = """
{% set times = untangled_times(
    "started_at", "ended_at", "duration_ms",
    {"started_at": "start_again_ms", "ended_at": "end_again_ms"}
) %}
select
    {{ times.started_at }} as started_at,
    {{ times.ended_at }} as ended_at
from (
    select
        {{ utc_time("start_shown") }} as started_at,
        {{ utc_time("end_shown") }} as ended_at,
        {{ repeated_ms("start_shown") }} as start_again_ms,
        {{ repeated_ms("end_shown") }} as end_again_ms,
        duration_ms
    from sessions
) as clocks
"""


@pytest.mark.parametrize(
    ("start", "end", "minutes", "expected"),
    [
        # in Paris, 02:00 to 03:00 is 00:00 to 01:00 and again 01:00 to 02:00 in UTC
        ("01:30", "02:30", 60, ("23:30", "00:30")),
        ("01:30", "02:30", 120, ("23:30", "01:30")),
        ("01:30", "02:30", None, ("23:30", "00:30")),
        ("02:50", "02:10", 20, ("00:50", "01:10")),
        ("02:50", "02:10", None, ("00:50", "01:10")),
        ("02:50", "02:10", 0, ("00:50", "01:10")),
        ("02:10", "02:50", 40, ("00:10", "00:50")),
        ("02:10", "02:50", 100, ("00:10", "01:50")),
        ("02:30", "03:10", 40, ("01:30", "02:10")),
        ("02:30", "03:10", 100, ("00:30", "02:10")),
        ("02:30", "03:10", None, ("00:30", "02:10")),
        ("02:30", "03:10", 2**63 // 60_000 - 1, ("00:30", "02:10")),
        ("02:30", "02:10", -(2**63) // 60_000 + 1, ("00:30", "01:10")),
        ("03:10", "01:00", 20, ("02:10", "23:00")),
        ("04:00", "05:00", 60, ("03:00", "04:00")),
    ],
)
def test_a_clock_that_goes_back_is_put_right(
    start: str,
    end: str,
    minutes: int | None,
    expected: tuple[str, str],
    sql_of: Compiler,
) -> None:
    duration = "null" if minutes is None else minutes * 60_000
    with duckdb.connect() as db:
        db.execute(
            f"create table sessions as select timestamp '2024-10-27 {start}' as"
            f" start_shown, timestamp '2024-10-27 {end}' as end_shown,"
            f" {duration}::bigint as duration_ms"
        )
        (found,) = db.sql(sql_of("Europe/Paris", UNTANGLED)).fetchall()
    assert tuple(f"{time:%H:%M}" for time in found) == expected


# Marts


def sessions(times: list[datetime], user: int = 1) -> list[dict[str, object]]:
    """Make sessions of ten minutes that end at these times, with one byte more each."""
    return [
        record(
            **{
                "MSISDN/Number": f"3360000000{user}",
                "Start": f"{end - timedelta(minutes=10)}",
                "End": f"{end}",
                "Start ms": "",
                "End ms": "",
                "Dur. (ms)": 600,
                "Total DL (Bytes)": 100 + i,
                "Total UL (Bytes)": 0,
            }
        )
        for i, end in enumerate(times)
    ]


def built_in(project: Project, zone: str, times: list[datetime]) -> Project:
    path = write_export(project.output.parent / "xdr.csv", sessions(times))
    result = project.build(path, settings={"report_timezone": zone})
    assert not result.failed, result.text
    return project


HOURS = (
    "select hour_started_at::text, hour_at::text, total_bytes::bigint"
    " from marts.hourly_traffic order by hour_started_at"
)


def test_the_hour_that_occurs_twice_is_two_rows(project: Project) -> None:
    midnight = datetime(2024, 10, 26, 23)
    times = [midnight + timedelta(minutes=60 * i + 30) for i in range(4)]
    built_in(project, "Europe/Paris", times)
    assert project.query(HOURS) == [
        ("2024-10-26 23:00:00", "2024-10-27 01:00:00", 100),
        ("2024-10-27 00:00:00", "2024-10-27 02:00:00", 101),
        ("2024-10-27 01:00:00", "2024-10-27 02:00:00", 102),
        ("2024-10-27 02:00:00", "2024-10-27 03:00:00", 103),
    ]


def test_the_hour_that_is_skipped_is_no_row(project: Project) -> None:
    """A spring day has 23 hours."""
    start = datetime(2024, 3, 30, 23, 30)
    built_in(project, "Europe/Paris", [start, start + timedelta(hours=22)])
    hours = project.query(HOURS)
    assert len(hours) == 23
    assert {hour[1][:10] for hour in hours} == {"2024-03-31"}
    assert "2024-03-31 02:00:00" not in {hour[1] for hour in hours}
    days = "select session_date::text, session_count from marts.daily_engagement"
    assert project.query(days) == [("2024-03-31", 2)]


def test_days_begin_at_midnight_of_the_zone(project: Project) -> None:
    """18:30 in UTC is midnight in India, where hours begin at half past."""
    midnight = datetime(2024, 5, 5, 18, 30)  # a Sunday
    built_in(project, "Asia/Kolkata", [midnight - timedelta(seconds=1), midnight])
    days = "select session_date::text, session_count from marts.daily_engagement"
    assert project.query(days) == [("2024-05-05", 1), ("2024-05-06", 1)]
    weeks = "select cohort_week::text, weeks_later from marts.weekly_retention"
    assert project.query(weeks) == [("2024-04-29", 0), ("2024-04-29", 1)]
    assert project.query(HOURS) == [
        ("2024-05-05 17:30:00", "2024-05-05 23:00:00", 201),
        ("2024-05-05 18:30:00", "2024-05-06 00:00:00", 0),
    ]
    seen = (
        "select last_session_at::text, days_since_last_session, active_days"
        " from marts.user_engagement"
    )
    assert project.query(seen) == [("2024-05-05 18:30:00", 0, 2)]
    zone = "select report_timezone from marts.engagement_period"
    assert project.query(zone) == [("Asia/Kolkata",)]


def test_another_zone_loads_all_files_again(project: Project) -> None:
    times = [datetime(2024, 5, 5, 22, 30)]
    built_in(project, "UTC", times)
    days = "select session_date::text from marts.daily_engagement"
    assert project.query(days) == [("2024-05-05",)]
    built_in(project, "Europe/Paris", times)
    assert project.query(days) == [("2024-05-06",)]


def test_the_report_is_in_the_zone_of_the_export_unless_told(sql_of: Compiler) -> None:
    query = "select '{{ report_timezone() }}' as zone"
    assert "'Asia/Kolkata'" in sql_of("Asia/Kolkata", query)


# Settings


@pytest.mark.parametrize("setting", ["xdr_timezone", "report_timezone"])
@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("CET+1", "a clock that is always +1 hours is 'Etc/GMT-1'"),
        ("GMT+3", "a clock that is always +3 hours is 'Etc/GMT-3'"),
        ("+05:30", "an abbreviation or an offset may stand for several zones"),
        ("IST", "name it by its city"),
        ("europe/paris", "did you mean 'Europe/Paris'?"),
        ("Paris", "did you mean 'Europe/Paris'?"),
        ("New York", "did you mean 'America/New_York'?"),
        ("../etc/localtime", "name it by its city"),
        ("posix/Europe/Paris", "did you mean 'Europe/Paris'?"),
        (5, "not '5'"),
        (True, "not 'True'"),
    ],
)
def test_a_name_that_no_zone_has_is_refused(
    setting: str, zone: object, told: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        check_vars(DEFAULTS | {setting: zone})
    (sentence,) = str(refused.value).splitlines()
    assert sentence.startswith(f"vars: {setting} must be the ")
    assert told in sentence
    assert sentence.endswith("see vars in dbt_project.yml.")
