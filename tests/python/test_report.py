"""The report reads the marts, only reads them, and says what is missing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from conftest import ROOT
from matplotlib.figure import Figure

from engagement.cli import main
from engagement.report import page as report
from engagement.report import reading
from engagement.report.contents import (
    FACTS,
    FIGURES,
    LISTS,
    MOST_LISTED,
    TABLES,
    FigureEntry,
)
from engagement.report.figures import criteria
from engagement.report.frames import Frame
from engagement.report.reading import QUERIES, read_frames, relations_of, views
from engagement.report.tables import parts_of
from engagement.serve.warehouse import model_of

PACKAGE = Path(report.__file__).parent
ASKED = [FACTS, *(entry.query for entry in (*FIGURES, *TABLES, *LISTS))]

# 8 users: u0 has no traffic, u7 is alone in the second cluster.
MARTS = """
    create schema marts;
    create schema staging;
    create schema published;
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
            i * 1000000 as total_bytes,
            50.0 as engagement_score
        from range(8) as t(i);
    create table marts.cluster_centroids as
        select * from (values (1, 'low'), (2, 'high')) as t(cluster_id, cluster_name);
    create table marts.engagement_metrics as
        select * from (values
            ('session_count', 1, 'sessions', 'count'),
            ('duration_ms', 2, 'duration', 'ms'),
            ('total_bytes', 3, 'traffic', 'bytes')
        ) as t(metric, metric_rank, label, unit);
    create table marts.top_users as
        select 'session_count' as metric, 1 as user_rank, 'u7' as user_id, 99 as value
        union all select 'duration_ms', 1, 'u7', 7000
        union all select 'total_bytes', 1, 'u7', 7000000;
    create view marts.top_users_without_fixed_devices as
        select * from warehouse.marts.top_users where false;
    create table marts.top_users_per_application as
        select * from (values ('raw_name', 1, 'u7', 9), ('web', 1, 'u6', 8))
            as t(application, user_rank, user_id, total_bytes);
    create table marts.elbow_curve as
        select
            k, 100.0 / k as inertia, k = 2 as is_elbow,
            case when k > 1 then 1.0 / k end as silhouette,
            case when k > 1 then 9.0 * k end as calinski_harabasz,
            case when k > 1 then 0.1 * k end as davies_bouldin,
            0.1 * k as gap, 0.2 as gap_deviation,
            case when k = 2 then 'elbow, silhouette' else '' end as suggested_by
        from range(1, 5) as t(k);
    create table marts.cluster_model as
        select
            2 as cluster_count, '2 of 2 criteria suggest k = 2.' as verdict,
            8 as user_count, 'standard' as scaler, 9.5 as inertia,
            0.8 as explained_variance, timestamp '2019-05-01' as fitted_at, 1 as seed,
            28 as fitted_days, 0.3 as population_stability_index, true as needs_refit,
            1.0 as fitted_share, '1.9' as scikit_learn_version,
            'session_count, duration_ms, total_bytes' as fitted_metrics;
    create table marts.load_report as
        select
            '/data/a.csv' as source_file, 20 as record_count, 17 as accepted_count,
            3 as rejected_count, 12345 as file_bytes,
            timestamp '2019-05-01 10:00' as loaded_at,
            4 as mangled_text_count, null::varchar as passed_over_because
        union all
        select '/data/b.xlsx', 0, 0, 0, 9, null, 0, 'it is an Excel workbook';
    create table marts.rejected_records as
        select unnest(['negative_value', 'missing_value', 'negative_value'])
            as rejection_reason;
    create table marts.cluster_summary as
        select
            cluster_id, cluster_name, metric, count(*) as user_count,
            min(value) as min_value, max(value) as max_value,
            avg(value) as mean_value, sum(value)::bigint as total_value
        from marts.user_clusters
        unpivot (value for metric in (session_count, duration_ms, total_bytes))
        group by all;
    create table marts.cluster_applications as
        select * from (values
            (1, 'low', 'web', 12e1, 10, 2.5, 1.0),
            (2, 'high', 'web', 8e1, 20, 20.0, 1.0),
            (1, 'low', 'raw_name', null, 0, 0.0, 0.0),
            (2, 'high', 'raw_name', null, 0, 0.0, 0.0)
        ) as t(cluster_id, cluster_name, application, traffic_index,
            total_bytes, bytes_per_user, traffic_share);
    create table marts.cluster_migration as
        select * from (values
            ('u1', 1, 'low', 2, 'high', 'up', 9, 8, 7, 6),
            ('u2', 1, 'low', 2, 'high', 'up', 9, 8, 7, 6),
            ('u3', null, null, 1, 'low', 'new', 0, 8, 0, 6)
        ) as t(user_id, from_cluster_id, from_cluster_name, to_cluster_id,
            to_cluster_name, movement, previous_session_count, session_count,
            previous_total_bytes, total_bytes);
    create table marts.user_engagement as
        select
            'u' || i as user_id,
            1 + i % 5 as recency_quintile,
            5 as frequency_quintile,
            i as dl_bytes, 0 as ul_bytes, i as total_bytes,
            10 + i as days_since_last_session,
            3 * i as session_count, 1000 * i as duration_ms, 2 as active_days,
            'Router X' as device, 'router' as device_class
        from range(10) as t(i);
    create table marts.user_experience as
        select
            user_id, 20 as measured_count, 0.5 as poor_share, 300.5 as rtt_ms,
            250.0 as throughput_kbps, 'poor' as experience_class
        from marts.user_engagement;
    create table marts.engagement_experience as
        select * from (values
            (1, 'low', 'poor', 7, 21000000, 1e0), (2, 'high', 'poor', 1, 7000000, 1e0)
        ) as t(cluster_id, cluster_name, experience_class, user_count, total_bytes,
            user_share);
    create table marts.cluster_device_classes as
        select * from (values
            (1, 'low', 'phone', 6, 7, 15000, 15000000, false, 0.9),
            (1, 'low', 'router', 1, 4, 6000, 6000000, true, 0.1),
            (2, 'high', 'router', 1, 99, 7000, 7000000, true, 1.0)
        ) as t(cluster_id, cluster_name, device_class, user_count, session_count,
            duration_ms, total_bytes, is_fixed, user_share);
    create table marts.device_usage as
        select
            'Router X' as device, 'router' as device_class, 2 as user_count,
            1 as highly_engaged_user_count, 45 as total_bytes, 1.0 as traffic_share,
            1 as device_rank;
    create table marts.device_experience as
        select
            'Router X' as device, 0.9 as measured_share, 0.5 as poor_share,
            0.4 as poor_share_low, 0.6 as poor_share_high, 300.5 as rtt_ms,
            250.0 as throughput_kbps;
    create table marts.lorenz_curve as
        select 'total_bytes' as metric, i / 100 as user_share, i / 100 as value_share
        from range(101) as t(i);
    create table marts.engagement_concentration as
        select
            'total_bytes' as metric, 10 as user_count, 9 as total_value,
            0.01 as top_1_percent_share,
            0.05 as top_5_percent_share, 0.1 as top_10_percent_share,
            0.2 as top_20_percent_share, 0.5 as top_50_percent_share,
            0.0 as gini_coefficient;
    create table marts.concentration_without_fixed_devices as
        select * replace (6 as user_count) from marts.engagement_concentration;
    create table marts.daily_engagement as
        select
            date '2019-04-24' + i::int as session_date, 8 as active_users,
            3 as new_users, 5 as returning_users, 70 as total_bytes,
            9 as session_count, 1000 as duration_ms,
            case when i >= 29 then 0.5::double end as stickiness
        from range(31) as t(i);
    create table marts.weekly_retention as
        select * from (values
            (date '2019-04-22', 0, 8, 8, 1e0, true),
            (date '2019-04-22', 1, 8, 4, 5e-1, false)
        ) as t(cohort_week, weeks_later, user_count, active_users,
            retention_share, is_complete);
    create table marts.engagement_period as
        select
            date '2019-04-27' as starts_on, date '2019-05-24' as ends_on,
            28 as day_count, 28 as covered_days, true as is_compared,
            'UTC' as report_timezone;
    create table marts.engagement_changes as
        select * from (values
            ('user_count', null, 8, 6, 2, 0.5),
            ('new_users', null, 3, null, null, null),
            ('duration_ms', null, 9, 10, -1, -0.1),
            ('web_bytes', 'web', 5, 0, 5, null)
        ) as t(measure, application, value, previous_value, change, change_share);
    create table marts.hourly_traffic as
        select
            timestamp '2019-04-24' + to_hours(i::int) as hour_started_at,
            hour_started_at as hour_at,
            c as cluster_id,
            'cluster ' || c as cluster_name,
            (c * 1000 + 10 * (i % 24) + i // 24)::double as total_bytes,
            0.5::double as concurrent_sessions,
            row_number() over (
                partition by c order by total_bytes desc, i
            ) as hour_rank
        from range(48) as t(i), range(1, 3) as u(c);
    create table marts.location_traffic as
        select
            case when i = 0 then '(missing)' else 'L' || i end as location,
            9 as user_count, 2 as highly_engaged_user_count,
            9 as session_count, 1000 as duration_ms, 1000 - i as total_bytes,
            0.01 as traffic_share, i + 1 as location_rank
        from range(40) as t(i);
    create table published.location_traffic as
        select * from marts.location_traffic where location <> 'L39';
    create table published.group_size as select 5 as min_group_size;
    create table marts.location_hours as
        select
            'L' || l as location, i as hour_of_week, i::double as mean_mbit_per_second
        from range(100) as t(i), range(2) as u(l);
    create table marts.location_priorities as
        select
            'L' || i as location, i as priority_rank,
            case i when 1 then 'radio' when 2 then 'device' when 3 then 'none'
                else 'too_few' end as verdict,
            9 as user_count, 2 as highly_engaged_user_count,
            18 as busy_hour_of_week, 1.5 as busy_mbit_per_second,
            0.6 as busy_poor_share, 0.4 as quiet_poor_share,
            40 as measured_count, 0.5 as poor_share, 0.4 as poor_share_low,
            0.6 as poor_share_high, 0.1 as expected_poor_share, 1000 as total_bytes
        from range(1, 40) as t(i);
    create table marts.allocation_curve as
        select
            i as location_rank, 'L' || i as location, 1.0::double as gain,
            i as covered_users, 10 * i as covered_bytes
        from range(1, 6) as t(i);
"""


VIEWS = {"marts.top_applications", "marts.top_users_without_fixed_devices"}


def build(folder: Path, changes: str = "") -> Path:
    path = folder / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(MARTS + changes)
    return path


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return build(tmp_path)


@pytest.fixture
def one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw one figure and write a page without any."""
    monkeypatch.setattr(report, "FIGURES", FIGURES[:1])
    monkeypatch.setattr(report, "render", lambda *_: "a page")


def figure_of(name: str, draw: Callable[[Frame], Figure]) -> FigureEntry:
    """Draw a figure in another way."""
    (entry,) = (entry for entry in FIGURES if entry.name == name)
    return replace(entry, draw=draw)


def frames_of(warehouse: Path) -> dict[str, Frame]:
    """Read what the figures are drawn from, by their names."""
    frames = read_frames(warehouse, [entry.query for entry in FIGURES])
    return {name.removeprefix("figure_"): frame for name, frame in frames.items()}


def relations() -> set[str]:
    """Name all that the report reads."""
    with duckdb.connect() as parser:
        return {name for query in ASKED for name in relations_of(parser, query)}


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_figure_becomes_a_picture(
    warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = files(warehouse.parent)
    folder = tmp_path_factory.mktemp("output") / "made" / "report"
    written = report.write_report(warehouse, folder)
    pictures = sorted(f"{entry.name}.png" for entry in FIGURES)
    assert written == [folder / name for name in sorted(["index.html", *pictures])]
    assert sorted(files(folder)) == sorted(path.name for path in written)
    for name in pictures:
        picture = files(folder)[name]
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert picture.endswith(b"IEND\xaeB`\x82")
    assert files(warehouse.parent) == before, "the warehouse or its folder changed"


@pytest.mark.usefixtures("one_figure")
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
    frames = frames_of(warehouse)
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


FOURTH_METRIC = """
    insert into marts.engagement_metrics values
        ('active_days', 4, 'active days', 'count');
    insert into marts.top_users values ('active_days', 1, 'u6', 28);
    insert into marts.lorenz_curve
        select 'active_days', user_share, value_share from marts.lorenz_curve;
    insert into marts.engagement_concentration
        select * replace ('active_days' as metric) from marts.engagement_concentration;
    insert into marts.cluster_summary
        select * replace ('active_days' as metric) from marts.cluster_summary
        where metric = 'session_count';
"""


def test_a_fourth_metric_is_shown_under_its_own_name(tmp_path: Path) -> None:
    path = build(tmp_path, FOURTH_METRIC)
    frames = read_frames(path, ASKED)
    assert frames["figure_top_users"]["label"] == (
        "sessions", "duration", "traffic", "active days",
    )  # fmt: skip
    shown = {
        name: parts_of(frames[f"table_{name}"])
        for name in ("top_users", "concentration", "clusters")
    }
    assert [part.heading for part in shown["top_users"]] == [
        "Most sessions", "Longest duration", "Most traffic", "Most active days",
    ]  # fmt: skip
    (concentration,) = shown["concentration"]
    assert [row[0].text for row in concentration.rows] == ["traffic", "active days"]
    assert [row[1].text for row in concentration.rows] == ["9 B", "9"]
    (clusters,) = shown["clusters"]
    assert [row[2].text for row in clusters.rows[:4]] == [
        "sessions", "duration", "traffic", "active days",
    ]  # fmt: skip
    report.write_report(path, tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    for heading in ("Most traffic", "Most active days"):
        assert page.count(f"<h3><bdi>{heading}</bdi></h3>") == 1


@pytest.mark.parametrize(("total", "is_said"), [(1000, False), (999, True)])
def test_the_page_says_where_applications_differ_from_the_total(
    tmp_path: Path, total: int, is_said: bool
) -> None:
    change = f"update marts.user_engagement set total_bytes = {total} where"
    path = build(
        tmp_path,
        f"update marts.user_engagement set total_bytes = 0;{change} user_id = 'u0'",
    )
    frames = read_frames(path, ASKED)
    assert frames[FACTS]["applications_bytes"] == (1000,)
    figures = {
        entry.name: report.ShownFigure(entry.title, entry.caption, "", "")
        for entry in FIGURES
    }
    page = report.render(frames, figures)
    sentence = "adds up to 1 kB, 1 B more than the total traffic of 999 B:"
    assert (sentence in page) is is_said
    assert ("adds up to" in page) is is_said
    assert "4 records have a location or application such as 9.1E+15" in page


@pytest.mark.parametrize("is_compared", [True, False])
@pytest.mark.parametrize("needs_refit", [True, False])
def test_the_page_tells_what_changed_and_that_a_refit_is_due(
    tmp_path: Path, is_compared: bool, needs_refit: bool
) -> None:
    path = build(
        tmp_path,
        f"update marts.engagement_period set is_compared = {is_compared};"
        f"update marts.cluster_model set needs_refit = {needs_refit}",
    )
    figures = {
        entry.name: report.ShownFigure(entry.title, entry.caption, "", "")
        for entry in FIGURES
    }
    page = report.render(read_frames(path, ASKED), figures)

    assert ('<div id="table-changes">' in page) is is_compared
    assert ("no change to show yet" in page) is not is_compared
    assert ("population stability index 0.3, above 0.25" in page) is needs_refit


@pytest.mark.parametrize("zone", ["UTC", "America/Argentina/Buenos_Aires"])
def test_the_page_names_the_zone_of_its_hours(tmp_path: Path, zone: str) -> None:
    path = build(
        tmp_path, f"update marts.engagement_period set report_timezone = '{zone}'"
    )
    frames = read_frames(path, ASKED)
    figures = {
        entry.name: report.ShownFigure(entry.title, entry.caption, "", "")
        for entry in FIGURES
    }
    told = f"Days and hours are those of {zone}; other times are in UTC."
    assert (told in report.render(frames, figures)) is (zone != "UTC")
    assert set(frames_of(path)["hourly_traffic"]["report_timezone"]) == {zone}


def test_hours_that_clocks_show_twice_are_one_step(tmp_path: Path) -> None:
    path = build(
        tmp_path,
        "create or replace table marts.hourly_traffic as select * from (values "
        "(timestamp '2024-10-27 00:00:00', timestamp '2024-10-27 02:00:00', 5e0, 2), "
        "(timestamp '2024-10-27 01:00:00', timestamp '2024-10-27 02:00:00', 7e0, 1)) "
        "as t(hour_started_at, hour_at, total_bytes, hour_rank), "
        "(values (1, 'all', 1e0)) as u(cluster_id, cluster_name, concurrent_sessions)",
    )
    frame = frames_of(path)["hourly_traffic"]
    assert frame["total_bytes"] == (6.0,)
    assert frame["busy_bytes"] == frame["cluster_busy_bytes"] == (7.0,)


VAGUE = {"share", "index", "count", "value", "rank", "number", "name"}


def test_every_heading_of_a_table_is_its_own_and_says_what_it_is(
    warehouse: Path,
) -> None:
    frames = read_frames(warehouse, [table.query for table in TABLES])
    for table in TABLES:
        for part in parts_of(frames[table.query]):
            headings = [column.heading for column in part.columns]
            assert len(set(headings)) == len(headings), (table.name, headings)
            assert not VAGUE & set(map(str.lower, headings)), (table.name, headings)


def test_ties_are_counted_among_all_users(tmp_path: Path) -> None:
    path = build(
        tmp_path,
        """
        update marts.user_engagement
        set session_count = 5, duration_ms = i from (
            select user_id as id, row_number() over () // 4 as i
            from marts.user_engagement
        ) where id = user_id;
        delete from marts.top_users;
        insert into marts.top_users values
            ('session_count', 1, 'u0', 5), ('session_count', 2, 'u1', 5),
            ('duration_ms', 1, 'u8', 2), ('duration_ms', 2, 'u7', 2),
            ('total_bytes', 1, 'u9', 9), ('total_bytes', 2, 'u8', 8);
        """,
    )
    frame = frames_of(path)["top_users"]
    assert frame["tied_count"] == (10, 10, 3, 3, 1, 1)
    assert set(frame["user_total"]) == {10}


def test_users_are_binned_and_none_is_lost(tmp_path: Path) -> None:
    path = build(
        tmp_path,
        "create or replace table marts.user_clusters as select 'u' || i as user_id, "
        "1 as cluster_id, 'all' as cluster_name, 1 + i % 12 as session_count, "
        "60000 as duration_ms, "
        "case when i % 5 > 0 then 1000 + i % 100 else 0 end as total_bytes "
        "from range(120000) as t(i)",
    )
    frame = frames_of(path)["clusters"]
    assert sum(frame["user_count"]) == 120_000
    assert len(frame["user_count"]) <= 2 * 12
    assert set(frame["x_value"]) == set(range(1, 13)), "1 to 12 are not apart"
    bytes_of_bins = zip(frame["y_value"], frame["user_count"], strict=True)
    assert sum(count for size, count in bytes_of_bins if size == 0) == 24_000


@pytest.mark.parametrize(
    ("same", "axes", "shown"),
    [
        ({}, ("sessions", "traffic"), ["sessions", "duration", "traffic"]),
        ({"total_bytes": 0}, ("sessions", "duration"), ["sessions", "duration"]),
        ({"session_count": 1}, ("duration", "traffic"), ["duration", "traffic"]),
        ({"session_count": 1, "total_bytes": 0}, None, ["duration"]),
        # nothing tells users apart
        (
            {"session_count": 1, "duration_ms": 9, "total_bytes": 0},
            ("sessions", "duration"),
            ["sessions", "duration"],
        ),
    ],
    ids=["all", "traffic", "sessions", "both", "each"],
)
def test_metrics_that_are_the_same_for_all_are_not_shown(
    tmp_path: Path, same: dict, axes: tuple | None, shown: list[str]
) -> None:
    changes = ""
    for metric, value in same.items():
        changes += (
            f"update marts.user_clusters set {metric} = {value};"
            f"update marts.cluster_summary set min_value = {value}, "
            f"max_value = {value}, mean_value = {value}, "
            f"total_value = {value} * user_count where metric = '{metric}';"
        )
    path = build(tmp_path, changes)
    frames = read_frames(path, ASKED)
    drawn = frames["figure_clusters"]
    assert list(dict.fromkeys(frames["table_clusters"]["metric"])) == shown
    assert list(dict.fromkeys(frames["figure_top_users"]["label"])) == shown
    assert set(zip(drawn["x_label"], drawn["y_label"], strict=True)) == (
        {axes} if axes else set()
    )
    assert sum(drawn["user_count"]) == (8 if axes else 0)


def test_fifths_are_counted_with_their_ranges(warehouse: Path) -> None:
    frame = frames_of(warehouse)["engagement_depth"]
    assert frame["recency_quintile"] == (1, 2, 3, 4, 5)
    assert frame["user_count"] == (2, 2, 2, 2, 2)
    assert frame["total_bytes"] == (2.5, 3.5, 4.5, 5.5, 6.5)
    assert (frame["least_days"], frame["most_days"]) == (
        (10, 11, 12, 13, 14),
        (15, 16, 17, 18, 19),
    )
    assert frame["most_sessions"] == (15, 18, 21, 24, 27)


def test_hours_are_read_with_the_busy_ones(warehouse: Path) -> None:
    frame = frames_of(warehouse)["hourly_traffic"]
    assert len(frame["step_at"]) == 48 * 2
    assert set(frame["step_hours"]) == {1}
    assert frame["total_bytes"][:4] == (1000, 2000, 1010, 2010)
    busy = datetime(2019, 4, 25, 23)
    assert set(frame["busy_at"]) == set(frame["cluster_busy_at"]) == {busy}
    assert set(frame["busy_bytes"]) == {1231 + 2231}
    assert frame["cluster_busy_bytes"][:2] == (1231, 2231)


@pytest.mark.parametrize(
    ("days", "hours", "steps"), [(100, 1, 2400), (101, 24, 101), (3_660, 168, 523)]
)
def test_years_of_hours_are_read_as_means(
    tmp_path: Path, days: int, hours: int, steps: int
) -> None:
    path = build(
        tmp_path,
        "create or replace table marts.hourly_traffic as select timestamp '2000-01-03' "
        "+ to_hours(i::int) as hour_started_at, hour_started_at as hour_at, "
        "1 as cluster_id, 'all' as cluster_name, "
        "(i % 24)::double as total_bytes, 1e0 as concurrent_sessions, "
        "if(i = 23, 1, i + 2) as hour_rank "
        f"from range({24 * days}) as t(i)",
    )
    frame = frames_of(path)["hourly_traffic"]
    assert set(frame["step_hours"]) == {hours}
    assert len(frame["step_at"]) == steps
    assert frame["step_at"][1] == datetime(2000, 1, 3) + timedelta(hours=hours)
    if hours > 1:
        assert set(frame["total_bytes"]) == {11.5}
    assert set(frame["busy_at"]) == {datetime(2000, 1, 3, 23)}


def test_of_the_locations_the_first_are_read(warehouse: Path, tmp_path: Path) -> None:
    frame = frames_of(warehouse)["location_traffic"]
    assert frame["location"] == ("(missing)", *(f"L{i}" for i in range(1, 16)))
    assert set(frame["location_count"]) == {39}
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.location_traffic set total_bytes = 1 "
            "where location = '(missing)'"
        )
    frame = frames_of(warehouse)["location_traffic"]
    assert frame["location"] == (*(f"L{i}" for i in range(1, 17)), "(missing)")
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.location_traffic set total_bytes = 0, "
            "user_count = if(location = 'L39', 12, 9)"
        )
    frames = read_frames(warehouse, ["figure_location_traffic", "table_locations"])
    for name in frames:
        assert frames[name]["location"][0] == "L39", "without traffic, users decide"
    assert frames["table_locations"]["rank"] == tuple(range(1, 41))


def test_moves_are_counted(warehouse: Path) -> None:
    frame = frames_of(warehouse)["cluster_migration"]
    assert dict(zip(frame["movement"], frame["user_count"], strict=True)) == {
        "new": 1,
        "up": 2,
    }
    assert set(frame["user_total"]) == {8}


def test_marts_without_rows_are_drawn_as_well(tmp_path: Path) -> None:
    path = build(tmp_path)
    with duckdb.connect(str(path)) as connection:
        for relation in relations() - VIEWS:
            connection.execute(f"delete from {relation}")
    written = report.write_report(path, tmp_path / "report")
    assert len(written) == len(FIGURES) + 1


def test_the_exposure_names_what_is_read() -> None:
    path = Path(__file__).parents[2] / "models/marts/_exposures.yml"
    exposures = yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]
    (page,) = (each for each in exposures if each["name"] == "engagement_report")
    named = set(re.findall(r"ref\('(\w+)'\)", " ".join(page["depends_on"])))
    assert {model_of(name) for name in relations()} == named


def test_empty_marts_give_empty_frames(tmp_path: Path) -> None:
    path = build(tmp_path, "delete from marts.elbow_curve")
    frame = frames_of(path)["elbow_curve"]
    assert frame == {"k": (), "inertia": (), "is_elbow": ()}


def test_views_are_found_in_a_copy_of_another_name(warehouse: Path) -> None:
    copy = warehouse.rename(warehouse.with_name("it's a copy.duckdb"))
    frames = frames_of(copy)
    assert frames["top_applications"]["total_bytes"] == (750,)


HASHED = """
    update marts.user_engagement set user_id = md5(user_id)[:24];
    update marts.user_clusters set user_id = md5(user_id)[:24];
    update marts.user_experience set user_id = md5(user_id)[:24];
    update marts.top_users set user_id = md5(user_id)[:24];
    update marts.top_users_per_application set user_id = md5(user_id)[:24];
"""
PLAIN_IN_ONE = """
    update marts.top_users_per_application set user_id = '99900000001'
    where application = 'web';
"""
NO_USERS = """
    delete from marts.top_users; delete from marts.top_users_per_application;
    delete from marts.user_clusters;
"""
IDENTITIES = """
    create schema private;
    create table private.user_identities as
        select md5('1')[:24] as user_id, '99900000001' as msisdn;
"""


@pytest.mark.parametrize(
    ("changes", "are_pseudonyms"),
    [
        (HASHED, True),
        (HASHED + PLAIN_IN_ONE, False),
        (HASHED + NO_USERS, False),
        (IDENTITIES, False),
    ],
)
def test_the_ids_that_are_shown_tell_whether_they_are_pseudonyms(
    tmp_path: Path, changes: str, are_pseudonyms: bool
) -> None:
    """Identities do not: a build that fails before the marts leaves them behind."""
    frames = read_frames(build(tmp_path, changes), ASKED)
    assert report.shows_pseudonyms(frames.values()) is are_pseudonyms


def lists_of(warehouse: Path) -> dict[str, report.ShownList]:
    frames = read_frames(warehouse, ASKED, most={e.query: MOST_LISTED for e in LISTS})
    facts = {name: column[0] for name, column in frames[FACTS].items()}
    shown = report.shows_pseudonyms(frames.values())
    return {e.name: report.list_of(e, frames[e.query], facts, shown) for e in LISTS}


def test_lists_of_numbers_are_not_in_the_page(warehouse: Path) -> None:
    lists = lists_of(warehouse)

    assert [name for name, each in lists.items() if each.data] == ["places"]
    for name in ("highly_engaged", "poorly_served"):
        assert lists[name].reason == "This page holds no list of subscribers' numbers."
        assert lists[name].sentence.startswith("1 highly engaged user")
    assert lists["declining"].reason == "The list is empty."


def test_a_long_list_is_not_in_the_page(tmp_path: Path) -> None:
    change = (
        "insert into marts.location_priorities "
        "select columns(name -> name <> 'n') "
        "from (from marts.location_priorities limit 1), range({}) as t(n)"
    )
    path = build(tmp_path, change.format(MOST_LISTED - 39))
    places = lists_of(path)["places"]
    assert places.sentence.startswith("5,000 places in all, including")
    assert len(json.loads(places.data)) == 1 + MOST_LISTED
    with duckdb.connect(str(path)) as connection:
        connection.execute(change.format(1))
    places = lists_of(path)["places"]
    assert places.sentence.startswith("5,001 places in all, including")
    assert not places.data
    assert places.reason == "This page holds lists of at most 5,000 rows."


def test_whoever_declines_is_listed(tmp_path: Path) -> None:
    path = build(
        tmp_path,
        HASHED
        + """
        insert into marts.cluster_migration values
            ('d1', 2, 'high', 1, 'low', 'down', 9, 8, 7, 6),
            ('g1', 1, 'low', null, null, 'gone', 9, 0, 7, 0),
            ('g2', 2, 'high', null, null, 'gone', 9, 0, 70, 0);
        update marts.cluster_migration set user_id = md5(user_id)[:24];
        """,
    )
    declining = lists_of(path)["declining"]

    assert declining.sentence.startswith("2 declining users: now in a less engaged")
    rows = json.loads(declining.data)
    assert [row[1:4] for row in rows[1:]] == [
        ["gone", "high", None],
        ["down", "high", "low"],
    ]


@pytest.mark.usefixtures("one_figure")
def test_a_failure_leaves_the_last_report(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(frame: object) -> None:
        raise ZeroDivisionError

    broken = figure_of("elbow_curve", fail)
    monkeypatch.setattr(report, "FIGURES", (*report.FIGURES, broken))
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "top_applications.png").write_text("of last month")
    with pytest.raises(ZeroDivisionError):
        report.write_report(warehouse, folder)
    assert files(folder) == {"top_applications.png": b"of last month"}


def test_the_warehouse_is_free_while_figures_are_drawn(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(frame: Frame) -> Figure:
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("create or replace table built_meanwhile (a int)")
        return criteria.elbow_curve(frame)

    monkeypatch.setattr(report, "FIGURES", (figure_of("elbow_curve", draw),))
    monkeypatch.setattr(report, "render", lambda *_: "a page")
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
        assert frames_of(warehouse)["elbow_curve"]["k"] == (1, 2, 3, 4)


def complaint(*arguments: str | Path) -> str:
    """Run the command, which must fail without a traceback."""
    result = CliRunner().invoke(main, ["report", *map(str, arguments)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "there was a traceback"
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("Error: ").rstrip()


def test_a_locked_warehouse_is_explained(warehouse: Path) -> None:
    with held(warehouse, "write"):
        assert complaint("--warehouse", warehouse) == (
            f"{warehouse} cannot be opened: it is locked, for example by a running "
            "`dbt build` or by a client that reads it. Try again once it is closed."
        )


@pytest.mark.parametrize(
    ("variable", "value"), [("ENGAGEMENT_MEMORY", "lots"), ("ENGAGEMENT_THREADS", "0")]
)
def test_limits_that_are_none_are_explained(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert complaint("--warehouse", warehouse).startswith(
        f"{variable}={value} is not a valid setting: "
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


def test_marts_of_spark_that_were_not_brought_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(tmp_path))
    assert complaint("--target", "spark") == (
        f"{tmp_path / 'spark' / 'warehouse.duckdb'} does not exist: run `engagement "
        "publish --target spark` first, which copies the marts to it."
    )


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


def test_a_mart_of_another_shape_is_named_where_a_view_reads_it(tmp_path: Path) -> None:
    change = "alter table staging.applications rename category to kind"
    path = build(tmp_path, change)
    problem = complaint("--warehouse", path)
    assert problem.startswith(f"marts.application_traffic in {path} cannot be read (B")
    assert problem.endswith(
        "): run `dbt build --select +application_traffic +applications`."
    )


@pytest.mark.usefixtures("one_figure")
def test_a_folder_that_cannot_be_is_named(warehouse: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    options = ["--warehouse", warehouse, "--out", tmp_path / "file"]
    assert complaint(*options) == f"{tmp_path / 'file'} cannot be written: File exists."


@pytest.mark.usefixtures("one_figure")
def test_the_command_finds_its_places(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGAGEMENT_OUTPUT", str(warehouse.parent))
    result = CliRunner().invoke(main, ["report"])
    page = warehouse.parent / "report" / "index.html"
    picture = page.with_name("top_applications.png")
    assert result.exit_code == 0
    assert result.output == f"{page}, and 1 figures as PNG files beside it\n"
    assert picture.is_file()


def test_the_report_is_written_without_heavy_libraries(warehouse: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from engagement.report import page; "
        "warehouse = Path(sys.argv[1]); "
        "page.write_report(warehouse, warehouse.parent / 'report'); "
        "print({'pandas', 'scipy', 'sklearn', 'kneed', 'dbt'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(warehouse)],
        capture_output=True, text=True, check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout == "set()\n"


def test_what_is_shown_is_complete() -> None:
    template = (PACKAGE / "page.html.j2").read_text("utf-8")
    for macro, shown in (("figure", FIGURES), ("table|folded", TABLES)):
        names = [each.name for each in shown]
        assert len(set(names)) == len(names)
        placed = re.findall(rf'{{{{ (?:{macro})\("(\w+)"', template)
        assert sorted(placed) == sorted(names)
        assert [each.name for each in shown if not each.caption.endswith(".")] == []
    assert [each.name for each in LISTS if f'"{each.name}"' not in template] == []
    assert all(entry.title for entry in FIGURES)


def test_every_query_is_asked_and_reads_what_dbt_builds() -> None:
    files = {path.stem for path in QUERIES.glob("*.sql")}
    assert files == {*ASKED, *views().values()}
    with duckdb.connect() as parser:
        for name in files:
            read = relations_of(parser, name)
            assert read, name
            assert {relation.split(".")[0] for relation in read} <= {
                "marts", "staging", "published",
            }  # fmt: skip


def test_what_a_query_reads_follows_from_its_sql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "query.sql").write_text(
        """
        with step as (
            select * from marts.b  -- and not marts.comment
            inner join marts.a as other using (id)
        )

        select *, (select max(id) from marts.c), 'from marts.text' as literal
        from step
        inner join looked_at on true
        where exists (select 1 from marts."d e")
        """
    )
    (tmp_path / "view_looked_at.sql").write_text("select * from staging.f, marts.a")
    (tmp_path / "fault.sql").write_text("selec 1")
    monkeypatch.setattr(reading, "QUERIES", tmp_path)
    with duckdb.connect() as parser:
        assert relations_of(parser, "query") == [
            "marts.b", "marts.a", "marts.c", "staging.f", "marts.d e",
        ]  # fmt: skip
        with pytest.raises(ValueError, match=r"fault\.sql is not a query: syntax"):
            relations_of(parser, "fault")


def test_the_package_holds_all_that_the_report_reads() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["engagement.report"]
    packed = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    others = {
        path for path in PACKAGE.rglob("*.*") if not path.suffix.startswith(".py")
    }
    assert packed == others
