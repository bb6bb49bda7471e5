"""With a session_id, a session may have several records and is counted once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import Project

SETTINGS = {
    "xdr_columns": {
        "user_id": "user",
        "session_id": "id",
        "started_at": "start",
        "ended_at": "end",
        "application": "app",
        "location": "place",
        "dl_bytes": "down",
        "ul_bytes": "up",
    },
    "applications": [{"name": "video", "values": ["V"]}, {"name": "other"}],
    "engagement_days": None,
    "max_rejected_share": 1,
}
HEADER = "user,id,start,end,app,place,down,up"
ONE_FOR_EACH_APPLICATION = [
    "33600000001,s1,2026-05-04 10:00,2026-05-04 11:00,V,A,100,10",
    "33600000001,s1,2026-05-04 10:00,2026-05-04 11:00,W,A,50,5",
]
# another user may have the same id
INTERIM = [
    "33600000002,s1,2026-05-04 10:00,2026-05-04 10:30,V,A,10,1",
    "33600000002,s1,2026-05-04 10:30,2026-05-04 11:30,V,B,20,2",
]
WITHOUT_IDS = [
    "33600000003,,2026-05-04 10:00,2026-05-04 10:10,V,A,1,0",
    "33600000003, ,2026-05-04 10:10,2026-05-04 10:20,V,A,2,0",
]
ACROSS_MIDNIGHT = [
    "33600000004,s4,2026-05-04 23:30,2026-05-04 23:50,V,A,3,0",
    "33600000004,s4,2026-05-04 23:50,2026-05-05 00:20,V,A,4,0",
]
TOLD_APART_BY_ID = [
    "33600000005,s5,2026-05-04 10:00,2026-05-04 10:10,V,A,5,0",
    "33600000005,s6,2026-05-04 10:00,2026-05-04 10:10,V,A,5,0",
    "33600000005,s6,2026-05-04 10:00,2026-05-04 10:10,V,A,5,0",
]
LOST_DIGITS = ["33600000006,1.5E+17,2026-05-04 10:00,2026-05-04 10:10,V,A,5,0"]
LATER = ["33600000001,s1,2026-05-06 01:00,2026-05-06 01:10,W,C,7,0"]
MARTS = ("daily_engagement", "load_report", "rejected_records", "user_engagement")


def write(path: Path, records: list[str], clock: int) -> None:
    path.write_text("".join(line + "\n" for line in [HEADER, *records]))
    os.utime(path, (clock, clock))


def build(project: Project, folder: Path) -> None:
    told = json.dumps(SETTINGS)
    selected = [f"+{mart}" for mart in (*MARTS, "user_application_traffic")]
    result = project.dbt(
        *("build", "--exclude-resource-type", "unit_test", "test"),
        *("--select", *selected, "--vars", told),
        xdr=folder,
    )
    assert not result.failed, result.text


@pytest.fixture(scope="module")
def projects(
    tmp_path_factory: pytest.TempPathFactory, target: Path
) -> tuple[Project, Project]:
    """Build before and after a record of a session is delivered late."""
    place = tmp_path_factory.mktemp("sessions")
    exports = place / "exports"
    exports.mkdir()
    first = [
        *(*ONE_FOR_EACH_APPLICATION, *INTERIM, *WITHOUT_IDS, *ACROSS_MIDNIGHT),
        *(*TOLD_APART_BY_ID, *LOST_DIGITS),
    ]
    write(exports / "a.csv", first, 1_700_000_000)
    before, after = Project(place / "before", target), Project(place / "after", target)
    for project in (before, after):
        build(project, exports)
    write(exports / "b.csv", LATER, 1_700_000_001)
    build(after, exports)
    return before, after


USERS = (
    "select right(user_id, 1)::int, session_count, duration_ms // 60000,"
    " total_bytes, active_days from marts.user_engagement order by all"
)


def test_records_of_a_session_are_counted_once(
    projects: tuple[Project, Project],
) -> None:
    """Its bytes are those of all records, its duration is that of the longest."""
    before, _ = projects

    assert before.query(USERS) == [
        (1, 1, 60, 165, 1),
        (2, 1, 60, 33, 1),
        (3, 2, 20, 3, 1),
        (4, 1, 30, 7, 1),
        (5, 2, 20, 10, 1),
    ]
    assert before.query(
        "select application, dl_bytes, ul_bytes from marts.user_application_traffic"
        " where user_id = '33600000001' order by all"
    ) == [("other", 50, 5), ("video", 100, 10)]


def test_a_session_belongs_to_the_day_of_its_last_record(
    projects: tuple[Project, Project],
) -> None:
    days = (
        "select session_date::varchar, session_count, total_bytes"
        " from marts.daily_engagement order by all"
    )
    before, after = projects

    assert before.query(days) == [("2026-05-04", 6, 211), ("2026-05-05", 1, 7)]
    assert after.query(days) == [
        ("2026-05-04", 5, 46),
        ("2026-05-05", 1, 7),
        ("2026-05-06", 1, 172),
    ]


def test_a_record_that_is_delivered_later_joins_its_session(
    projects: tuple[Project, Project],
) -> None:
    before, after = projects

    assert after.query(USERS)[0] == (1, 1, 60, 172, 1)
    assert after.query(USERS)[1:] == before.query(USERS)[1:]


def test_sessions_are_compared_by_their_id(projects: tuple[Project, Project]) -> None:
    """Records that differ in nothing else are no copies; lost digits join none."""
    before, _ = projects

    assert before.query(
        "select rejection_reason, rejection_detail from marts.rejected_records"
        " order by line_number"
    ) == [
        ("duplicate_record", f"first in {before.query(FILE)[0][0]}, line 11"),
        ("unreadable_value", "id: 1.5E+17"),
    ]


FILE = "select source_file from marts.load_report"


def test_the_report_says_how_many_records_a_session_has(
    projects: tuple[Project, Project],
) -> None:
    """Of each day: 11 records of 8 sessions, one of which goes on after midnight."""
    _, after = projects

    assert after.query(
        "select record_count, accepted_count, records_per_session"
        " from marts.load_report order by source_file"
    ) == [(12, 10, 11 / 8), (1, 1, 1.0)]
