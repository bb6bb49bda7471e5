"""Engagement is of a period: users rise and fall, whatever was built when."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import SAMPLE, Project, record, write_export
from test_same_marts import read, write

FIRST = date(2023, 12, 5)  # a history of 90 days that holds a leap day
# Days between the sessions of ten users each, in the first 62 days and in the last
# 28, which are the period.
STEADY = {"daily": (1, 1), "often": (3, 3), "seldom": (14, 14), "former": (1, 1),
          "rising": (14, 14)}  # fmt: skip
CROSSED = STEADY | {"former": (1, 14), "rising": (14, 1)}
SHIFTED = STEADY | {"often": (3, 1), "seldom": (14, 1), "rising": (14, 1)}
GROUPS = list(STEADY)


def history(mix: dict[str, tuple[int, int]], days: range) -> list[dict[str, object]]:
    """Make the sessions of these days, from 0."""
    records = []
    for group, name in enumerate(GROUPS):
        for number in days:
            every = mix[name][number >= 62]
            at = FIRST + timedelta(number)
            written = f"{at.month}/{at.day}/{at.year}"
            records += [
                record(
                    **{
                        "MSISDN/Number": f"9990000{group}{user:02}",
                        "Start": f"{written} 10:00",
                        "End": f"{written} 11:00",
                        "Total DL (Bytes)": 60_000,
                    }
                )
                for user in range(10)
                if (number + user) % every == 0
            ]
    return records


@pytest.fixture(scope="module")
def first_days(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Project:
    """Build the days before the period."""
    place = tmp_path_factory.mktemp("period")
    built = Project(place / "output", target)
    (place / "exports").mkdir()
    write_export(place / "exports" / "first.csv", history(STEADY, range(62)))
    result = built.build(place / "exports")
    assert not result.failed, result.text
    return built


def go_on(first_days: Project, place: Path, mix: dict, **settings: object) -> tuple:
    """Deliver the last 28 days to a copy of the first build."""
    exports = first_days.output.parent / "exports"
    (place / "exports").mkdir(exist_ok=True)
    project = Project(place / "output", first_days.target)
    if not project.output.exists():
        shutil.copytree(first_days.output, project.output)
    # a file is known by its path, so the first days stay where they are
    last = write_export(exports / "last.csv", history(mix, range(62, 90)))
    try:
        return project, project.build(exports, settings=settings)
    finally:
        last.unlink()


MODEL = "select needs_refit, population_stability_index, fitted_at from"


def test_users_who_changed_are_found_up_and_down(
    first_days: Project, tmp_path: Path
) -> None:
    project, result = go_on(first_days, tmp_path, CROSSED)
    assert not result.failed, result.text

    moves = project.query(
        "select user_id[8], movement, count(*), min(change_session_count) > 20,"
        " max(change_session_count) < -20"
        " from marts.cluster_migration group by all order by all"
    )
    former, rising = str(GROUPS.index("former")), str(GROUPS.index("rising"))
    assert moves == [
        (former, "down", 10, False, True),
        (rising, "up", 10, True, False),
    ]
    ((needs_refit, index, _),) = project.query(f"{MODEL} marts.cluster_model")
    assert (needs_refit, index) == (False, pytest.approx(0, abs=1e-9))
    assert project.query(
        "select measure, value, previous_value, change, change_share"
        " from marts.engagement_changes where measure in"
        " ('user_count', 'new_users', 'gone_users', 'total_bytes') order by all"
    ) == [
        ("gone_users", 0, None, None, None),
        ("new_users", 0, None, None, None),
        ("total_bytes", 60_007 * 693, 60_007 * 693, 0, 0.0),
        ("user_count", 50, 50, 0, 0.0),
    ]


def test_a_steady_history_asks_for_no_refit(
    first_days: Project, tmp_path: Path
) -> None:
    ((_, _, fitted_at),) = first_days.query(f"{MODEL} marts.cluster_model")
    project, result = go_on(first_days, tmp_path, STEADY)
    assert not result.failed, result.text

    ((needs_refit, index, kept),) = project.query(f"{MODEL} marts.cluster_model")
    assert (needs_refit, index, kept) == (False, pytest.approx(0, abs=0.1), fitted_at)
    assert "population stability index" not in result.text
    assert project.query("select * from marts.cluster_migration") == []


def test_a_shifted_history_asks_for_a_refit_until_it_is_made(
    first_days: Project, tmp_path: Path
) -> None:
    ((_, _, fitted_at),) = first_days.query(f"{MODEL} marts.cluster_model")
    project, result = go_on(first_days, tmp_path, SHIFTED)
    assert not result.failed, result.text

    ((needs_refit, index, kept),) = project.query(f"{MODEL} marts.cluster_model")
    assert (needs_refit, kept) == (True, fitted_at)
    assert index > 0.25
    told = " ".join(result.text.split())
    assert f"population stability index is {index:.2f}" in told
    assert "--vars '{refit: true}'" in told

    project, result = go_on(first_days, tmp_path, SHIFTED, refit=True)
    assert not result.failed, result.text
    ((needs_refit, index, anew),) = project.query(f"{MODEL} marts.cluster_model")
    assert (needs_refit, index) == (False, pytest.approx(0, abs=1e-9))
    assert anew > fitted_at
    assert "population stability index" not in result.text


def test_a_build_of_other_days_measures_other_days(
    first_days: Project, tmp_path: Path
) -> None:
    project, result = go_on(first_days, tmp_path, CROSSED, engagement_days=None)
    assert not result.failed, result.text

    period = "select starts_on, ends_on, covered_days, is_compared"
    assert project.query(f"{period} from marts.engagement_period") == [
        (FIRST, FIRST + timedelta(89), 90, False)
    ]
    assert project.query(
        "select max(session_count), max(active_days) from marts.user_engagement"
    ) == [(90, 90)]
    assert project.query("select * from marts.cluster_migration") == []


def test_pieces_make_the_same_marts(
    sample: Project, target: Path, tmp_path: Path
) -> None:
    """Three loads, with a day that is late and one that is delivered again."""
    header, rows = read(SAMPLE)
    end = header.index("End")
    days: dict[str, list[list[str]]] = {}
    for row in rows:
        day = row[end].split(" ")[0] if len(row) == len(header) else ""
        days.setdefault(day.replace("/", "-"), []).append(row)
    names = sorted(days)
    project = Project(tmp_path / "output", target)
    exports = tmp_path / "exports"
    exports.mkdir()
    late, again = names[2], names[-3]
    write(exports / f"{again}.csv", header, days[again][:30])
    for part in (names[:-4], names[-4:-1], names[-1:]):
        for name in part:
            if name not in (late, again):
                write(exports / f"{name}.csv", header, days[name])
        if part[-1] == names[-1]:
            for name in (late, again):
                write(exports / f"{name}.csv", header, days[name])
        result = project.build(exports, settings={"max_rejected_share": 1})
        assert not result.failed, result.text

    marts, expected = project.marts(), sample.marts()
    for mart in expected.keys() - {"load_report", "rejected_records"}:
        assert marts[mart] == expected[mart], mart
