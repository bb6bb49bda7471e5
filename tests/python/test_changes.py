"""A change of the project's own files: what it makes anew, and what it leaves."""

from __future__ import annotations

import json
import shutil
from copy import copy

import duckdb
import pytest
from conftest import Project, Result, copy_of_project, edit, write_export
from test_incremental import day, made_by

USERS = "select user_id, duration_ms from marts.user_engagement order by all"
DAYS = "select session_date, duration_ms from marts.daily_engagement order by all"


@pytest.fixture(scope="module")
def first_build(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project, built on two files; its records last an hour."""
    place = tmp_path_factory.mktemp("changes") / "work"
    project = Project(
        place / "output", place / "target", copy_of_project(place / "project")
    )
    (place / "exports").mkdir()
    write_export(place / "exports" / "a.csv", [day(1, user) for user in (1, 2, 3)])
    write_export(place / "exports" / "b.csv", [day(2, 1), day(3, 1), day(2, 2)])
    built = build(project)
    assert not built.failed, built.text
    shutil.copytree(place, place.with_name("kept"))
    return project


@pytest.fixture
def changing(first_build: Project) -> Project:
    """Restore the first build in the same folder, since files are known by path."""
    place = first_build.output.parent
    shutil.rmtree(place)
    shutil.copytree(place.with_name("kept"), place)
    return copy(first_build)


# A formula that is changed to be seen is one that tests find.
UNTESTED = ("--exclude-resource-type", "test")
# What follows from the locations and devices that may be published.
BY_PLACE_OR_DEVICE = [
    f"published.{mart}"
    for mart in (
        *("allocation_curve", "device_experience", "device_usage"),
        *("location_experience", "location_hours", "location_priorities"),
        "location_traffic",
    )
]


def build(project: Project, *arguments: str) -> Result:
    return project.build(project.output.parent / "exports", *arguments)


def test_all_days_follow_a_new_formula_of_an_incremental_model(
    changing: Project,
) -> None:
    """Those that were there too, though no file of theirs has changed."""
    before = dict(changing.query(DAYS))
    edit(
        changing.root / "models/intermediate/users/int_user_days.sql",
        "sum({{ column }})",
        "sum(2 * {{ column }})",
    )
    write_export(changing.output.parent / "exports" / "c.csv", [day(4, 1)])

    built = build(changing, *UNTESTED)
    assert not built.failed, built.text

    after = dict(changing.query(DAYS))
    assert len(after) == len(before) + 1
    assert {date: after[date] for date in before} == {
        date: 2 * duration for date, duration in before.items()
    }
    assert list(after.values())[-1] == 2 * 3_600_000
    kept = made_by(built)
    assert "intermediate.int_user_days" in kept
    assert "marts.load_report" in kept  # a file came
    changing.output = changing.output.with_name("fresh")
    assert not build(changing, *UNTESTED).failed
    assert dict(changing.query(DAYS)) == after


def test_a_new_formula_of_a_macro_reaches_what_calls_it(changing: Project) -> None:
    edit(
        changing.root / "macros/engine/shares.sql",
        "coalesce(",
        "0.5 * coalesce(",
    )

    built = build(changing, *UNTESTED)
    assert not built.failed, built.text

    assert sorted(made_by(built)) == [
        "marts.application_traffic",
        "marts.device_usage",
        "marts.location_priorities",
        "marts.location_traffic",
        "marts.top_applications",
        *BY_PLACE_OR_DEVICE,
    ]
    assert changing.query("select sum(traffic_share) from marts.location_traffic") == [
        (0.5,)
    ]


def test_what_decides_no_table_makes_no_table(changing: Project) -> None:
    edit(changing.root / "python/engagement/report/charts.py", "#D55E00", "#D55E01")
    edit(
        changing.root / "python/engagement/report/page.css", "body {", "body { top: 0;"
    )
    edit(
        changing.root / "models/marts/engagement/_engagement__models.yml",
        "One row per user with",
        "They are subscribers. One row per user with",
    )

    built = build(changing)
    assert not built.failed, built.text

    assert made_by(built) == []
    comment = "select comment from duckdb_tables() where table_name = '{}'"
    assert (
        "They are subscribers."
        in changing.query(comment.format("user_engagement"))[0][0]
    )


def test_a_var_makes_only_what_it_decides(changing: Project) -> None:
    settings = {"top_n": 3, "min_group_size": 2, "max_rejected_share": 1}
    built = changing.build(changing.output.parent / "exports", settings=settings)

    assert not built.failed, built.text
    assert set(made_by(built)) == {
        "marts.top_users",
        "marts.top_users_per_application",
        "marts.top_users_without_fixed_devices",
        *BY_PLACE_OR_DEVICE,
        "published.daily_engagement",
        "published.group_size",
        "published.hourly_traffic",
        "published.weekly_retention",
    }


def test_other_rules_for_records_ask_for_a_full_refresh(changing: Project) -> None:
    before = changing.query(USERS)
    edit(changing.root / "macros/parse/texts.sql", "{5,15}", "{5,14}")
    edit(
        changing.root / "models/staging/stg_xdr__records.sql",
        "when records.is_malformed_user_id then",
        "when records.user_id like '%3' or records.is_malformed_user_id then",
    )

    refused = build(changing)

    assert refused.failed
    assert (
        "The loaded records were read with other rules than this version of the project"
        " has (macros/parse, models/staging): run again with --full-refresh"
    ) in " ".join(refused.text.split())
    assert changing.query(USERS) == before
    settings = {"max_rejected_share": 1}
    exports = changing.output.parent / "exports"
    built = changing.build(exports, "--full-refresh", settings=settings)
    assert not built.failed, built.text
    assert changing.query(USERS) == before[:2]
    assert not changing.build(exports, settings=settings).failed


def test_a_comment_in_the_rules_is_no_other_rule(changing: Project) -> None:
    path = changing.root / "models/staging/stg_xdr__records.sql"
    path.write_text("{# why #}\n-- a remark\n" + path.read_text("utf-8"), "utf-8")

    built = build(changing)
    assert not built.failed, built.text

    assert made_by(built) == []


def test_another_contract_makes_the_table_anew(changing: Project) -> None:
    edit(
        changing.root / "models/marts/engagement/_engagement__models.yml",
        "volume_quintile between 1 and 5",
        "volume_quintile between 0 and 5",
    )

    built = build(changing)
    assert not built.failed, built.text

    made = made_by(built)
    assert "marts.user_engagement" in made
    assert "marts.daily_engagement" not in made


def test_another_metric_is_fitted_ranked_and_described(changing: Project) -> None:
    """Over tables and fits that are there already."""
    edit(
        changing.root / "macros/columns.sql",
        '"label": "traffic", "unit": "bytes"},',
        '"label": "traffic", "unit": "bytes"},\n'
        '        {"name": "active_days", "label": "active days", "unit": "count"},',
    )
    path = changing.root / "models/marts/clusters/_clusters__models.yml"
    score = "      - name: engagement_score\n"
    edit(path, score, "      - {name: active_days, data_type: bigint}\n" + score)
    moved = "      - name: change_total_bytes\n"
    columns = [
        f"      - {{name: {which}active_days, data_type: bigint}}\n"
        for which in ("", "previous_", "change_")
    ]
    edit(path, moved, "".join(columns) + moved)

    built = build(changing)

    assert not built.failed, built.text
    counted = "select count(distinct metric) from marts.{}"
    for mart in ("top_users", "cluster_summary", "engagement_concentration"):
        assert changing.query(counted.format(mart)) == [(4,)]
    # for k = 1, users times metrics
    assert changing.query(
        "select round(inertia) from marts.elbow_curve where k = 1"
    ) == [(3 * 4,)]
    assert changing.query(
        "select count(active_days_centroid) > 0 from marts.cluster_centroids"
    ) == [(True,)]


def test_a_new_formula_upstream_of_an_incremental_model_reaches_all_days(
    changing: Project,
) -> None:
    """A view that it reads is a part of its formula, though not of its SQL."""
    edit(
        changing.root / "models/intermediate/records/int_signed_sessions.sql",
        "        ended_at,\n",
        "        ended_at + interval 1 minute as ended_at,\n",
    )
    write_export(changing.output.parent / "exports" / "c.csv", [day(4, 1)])
    last = "select user_id, last_session_at from marts.user_engagement order by all"

    built = build(changing)

    assert not built.failed, built.text
    found = changing.query(last)
    changing.output = changing.output.with_name("fresh")
    assert not build(changing).failed
    assert changing.query(last) == found


def test_records_that_are_read_again_under_the_same_version_are_counted_again(
    changing: Project,
) -> None:
    """As when settings change and change back: files are as before, loads are not."""
    exports = changing.output.parent / "exports"
    copied = (exports / "a.csv").read_bytes()
    (exports / "copy.csv").write_bytes(copied)
    lenient = {"max_rejected_share": 1}
    assert not changing.build(exports, settings=lenient).failed
    other = lenient | {"xdr_timestamp_formats": ["%m/%d/%Y %H:%M", "%d.%m.%Y"]}
    selected = ("run", "--select", "stg_xdr__records", "--vars", json.dumps(other))
    assert not changing.dbt(*selected, xdr=exports).failed
    assert not changing.build(exports, settings=lenient).failed
    write_export(exports / "d.csv", [day(4, 1)])

    built = changing.build(exports, settings=lenient)

    assert not built.failed, built.text
    report = (
        "select accepted_count, rejected_count from marts.load_report"
        " where source_file like '%copy.csv'"
    )
    assert changing.query(report) == [(0, 3)]


def test_a_full_refresh_that_was_not_completed_fits_anew(changing: Project) -> None:
    exports = changing.output.parent / "others"
    exports.mkdir()
    write_export(exports / "x.csv", [day(1, 8), day(1, 9), day(2, 9)])
    selected = ("run", "--full-refresh", "--select", "stg_xdr__records")
    assert not changing.dbt(*selected, xdr=exports).failed

    built = changing.build(exports)

    assert not built.failed, built.text
    assert changing.query("select sum(user_count) from marts.cluster_centroids") == [
        (2,)
    ]


def test_records_without_a_record_of_their_rules_ask_for_a_full_refresh(
    changing: Project,
) -> None:
    with duckdb.connect(changing.output / "warehouse.duckdb") as db:
        db.execute("drop table state.build_record")

    refused = build(changing)

    assert refused.failed
    assert "run again with --full-refresh" in " ".join(refused.text.split())
