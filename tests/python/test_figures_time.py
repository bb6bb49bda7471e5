"""Figures of days, weeks and hours show what the frames hold."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import pytest
from looking import (
    HOSTILE,
    assert_it_fits,
    cells,
    colours,
    columns,
    keys,
    stacked,
    ticks,
)
from matplotlib.dates import date2num, num2date

from engagement.report.figures import time


def daily(count: int) -> dict:
    return columns(
        [
            {
                "session_date": date(2019, 12, 20) + timedelta(i),
                "active_users": 100 + i,
                "new_users": 100 if i == 0 else 1,
                "returning_users": 0 if i == 0 else 99 + i,
                "total_bytes": 10**9 * (i + 1),
                "stickiness": 0.25 if i >= 29 else None,
            }
            for i in range(count)
        ]
    )


@pytest.mark.parametrize("count", [1, 2, 25, 60, 731])
def test_days_are_steps_of_users_and_traffic(count: int) -> None:
    frame = daily(count)
    figure = time.daily_engagement(frame)
    users, traffic, *sticky = figure.axes
    assert stacked(users) == [
        ([0] * count, frame["returning_users"]),
        (frame["returning_users"], frame["active_users"]),
    ]
    assert stacked(traffic) == [([0] * count, frame["total_bytes"])]
    back, new = users.patches
    assert (back.get_label(), new.get_label()) == ("returning users", "new users")
    assert new.get_hatch()
    assert not back.get_hatch()
    edges = back.get_data().edges
    assert list(edges[:-1] + 0.5) == list(date2num(frame["session_date"]))
    left, right = users.get_xlim()
    assert left <= edges[0]
    assert edges[-1] <= right
    assert len(sticky) == (count >= 30), "a line of nothing, or none of something"
    if sticky:
        (line,) = sticky[0].lines
        shown = [y for y in line.get_ydata() if not math.isnan(y)]
        assert shown == [0.25] * (count - 29)
    days = ticks(figure.axes[-1].xaxis, figure)
    assert len(days) == count if count < 8 else 3 <= len(days) <= 8
    assert len(set(days)) == len(days)
    assert (users.get_ylabel(), traffic.get_ylabel()) == (
        "Users (count)",
        "Traffic (bytes, DL + UL)",
    )


@pytest.mark.parametrize("count", [25, 60])
def test_days_without_traffic_have_no_panel_of_it(count: int) -> None:
    figure = time.daily_engagement(daily(count) | {"total_bytes": [0] * count})
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "Users (count)",
        *["DAU/MAU (%)"] * (count >= 30),
    ]


def test_the_busiest_day_is_said() -> None:
    one, two = time.daily_engagement(daily(1)), time.daily_engagement(daily(25))
    assert one.get_suptitle() == "100 users are active on 20 Dec 2019"
    assert two.get_suptitle() == (
        "On average 112 users are active per day; the most, 124, on 13 Jan 2020"
    )
    assert ticks(one.axes[-1].xaxis, one) == ["20 Dec"]
    assert two.axes[-1].get_xlabel() == "Day (20 Dec 2019 to 13 Jan 2020)"


@pytest.mark.parametrize(
    ("active", "title"),
    [
        ([1], "1 user is active on 20 Dec 2019"),
        ([1, 1, 1], "1 user is active on each of 3 days"),
        ([7, 7], "7 users are active on each of 2 days"),
        (
            [1, 0, 0, 1, 0],
            "On average 0.40 users are active per day; the most, 1, on 2 days",
        ),
        (
            [3, *[0] * 799],
            "On average <0.01 users are active per day; the most, 3, on 20 Dec 2019",
        ),
        (
            [1, 2, 0],
            "On average 1 user is active per day; the most, 2, on 21 Dec 2019",
        ),
    ],
)
def test_few_users_a_day_are_counted_right(active: list[int], title: str) -> None:
    figure = time.daily_engagement(daily(len(active)) | {"active_users": active})
    assert figure.get_suptitle() == title


def retention(found: dict[tuple[int, int], int], last: date, users: int = 100) -> dict:
    return columns(
        [
            {
                "cohort_week": monday,
                "weeks_later": week,
                "user_count": users,
                "active_users": active,
                "retention_share": active / users,
                "is_complete": monday + timedelta(7 * week + 6) <= last,
            }
            for (cohort, week), active in sorted(found.items())
            for monday in [date(2019, 4, 22) + timedelta(7 * cohort)]
        ]
    )


def test_retention_is_a_table_of_weeks() -> None:
    # nobody of the second week is active in the third
    found = {(0, 0): 100, (0, 1): 40, (0, 2): 20, (1, 0): 100, (1, 1): 0, (2, 0): 100}
    figure = time.weekly_retention(retention(found, date(2019, 5, 12)))
    (axes,) = figure.axes
    assert figure.get_suptitle() == "40 of 200 new users (20%) come back the week after"
    assert colours(axes) == {(0, 1): 0.4, (0, 2): 0.2, (1, 1): 0}
    assert cells(axes) == {
        (0, 0): "100%", (0, 1): "40%", (0, 2): "20%",
        (1, 0): "100%", (1, 1): "0%",
        (2, 0): "100%",
    }  # fmt: skip
    assert ticks(axes.xaxis, figure) == ["0", "1", "2"]
    assert ticks(axes.yaxis, figure) == [
        "22 Apr 2019: 100",
        "29 Apr 2019: 100",
        "6 May 2019: 100",
    ]


def test_a_week_that_is_not_over_is_marked_and_not_counted() -> None:
    found = {(0, 0): 100, (0, 1): 40, (0, 2): 2, (1, 0): 100, (1, 1): 1, (2, 0): 100}
    figure = time.weekly_retention(retention(found, date(2019, 5, 6)))
    assert figure.get_suptitle() == (
        "40 of 100 new users (40%) come back the week after"
    )
    shown = cells(figure.axes[0])
    assert {cell for cell in shown if shown[cell].endswith("*")} == {
        (0, 2), (1, 1), (2, 0),
    }  # fmt: skip
    assert figure.axes[0].get_xlabel().endswith("* not over yet")
    found = {(0, 0): 100, (0, 1): 40, (1, 0): 100}
    figure = time.weekly_retention(retention(found, date(2019, 4, 29)))
    assert figure.get_suptitle().startswith("So far 40 of 100 new users (40%)")


def test_one_new_user_comes_back() -> None:
    found = {(0, 0): 1, (0, 1): 1}
    figure = time.weekly_retention(retention(found, date(2019, 5, 5), users=1))
    assert figure.get_suptitle() == "1 of 1 new user (100%) comes back the week after"


def test_one_week_has_no_retention() -> None:
    figure = time.weekly_retention(retention({(0, 0): 100}, date(2019, 4, 28)))
    assert figure.axes == []
    assert "no second week" in figure.texts[-1].get_text()


def test_of_many_weeks_the_newest_are_shown() -> None:
    found = {(i, j): 100 - j for i in range(104) for j in range(104 - i)}
    last = date(2019, 4, 22) + timedelta(7 * 103 + 6)
    (axes,) = time.weekly_retention(retention(found, last)).axes
    assert axes.collections[0].get_array().shape == (20, 20)
    assert axes.get_title(loc="left").endswith("new in the last 20 weeks")
    old = {(0, j): 1 for j in range(104)}
    figure = time.weekly_retention(retention(old, last))
    assert figure.texts[-1].get_text() == "No user is new in the last 20 weeks."


def hourly(count: int, names: tuple[str, ...], hours: int = 1) -> dict:
    start = datetime(2019, 4, 5)
    return columns(
        [
            {
                "step_at": start + timedelta(hours=i * hours),
                "step_hours": hours,
                "cluster_id": cluster,
                "cluster_name": name,
                "total_bytes": 1e9 * (cluster + i % 24),
                "cluster_busy_at": start + timedelta(hours=min(count - 1, 23)),
                "cluster_busy_bytes": 1e9 * (cluster + min(count - 1, 23)),
                "busy_at": start + timedelta(hours=min(count - 1, 23)),
                "report_timezone": "UTC",
                "busy_bytes": 1e9
                * sum(c + min(count - 1, 23) for c in range(1, len(names) + 1)),
            }
            for i in range(count)
            for cluster, name in enumerate(names, 1)
        ]
    )


@pytest.mark.parametrize("count", [1, 30, 581, 2400])
def test_hours_are_stacked_by_cluster(count: int) -> None:
    figure = time.hourly_traffic(hourly(count, ("low", "high")))
    (axes,) = figure.axes
    low = [1e9 * (1 + i % 24) for i in range(count)]
    both = [1e9 * (3 + 2 * (i % 24)) for i in range(count)]
    assert stacked(axes) == [([0] * count, low), (low, both)]
    edges = axes.patches[0].get_data().edges
    assert edges[0] == date2num(datetime(2019, 4, 5))
    assert len({patch.get_hatch() for patch in axes.patches}) == 2
    (mark,) = axes.lines
    at = num2date(mark.get_xdata()[0]).replace(tzinfo=None)
    busy = datetime(2019, 4, 5) + timedelta(hours=min(count - 1, 23))
    assert abs(at - busy - timedelta(minutes=30)) < timedelta(seconds=1)
    assert list(mark.get_ydata()) == [max(both)]
    assert axes.get_ylabel() == "Traffic (bytes per hour)"
    assert 3 <= len(ticks(axes.xaxis, figure)) <= 8


def test_hours_name_their_zone_unless_it_is_utc() -> None:
    frame = hourly(24, ("low",))
    (axes,) = time.hourly_traffic(frame).axes
    assert axes.get_xlabel() == "Hour (5 Apr 2019)"
    there = frame | {"report_timezone": ["Asia/Kolkata"] * 24}
    (axes,) = time.hourly_traffic(there).axes
    assert axes.get_xlabel() == "Hour (5 Apr 2019, Asia/Kolkata)"


def test_the_busy_hours_are_in_the_legend() -> None:
    figure = time.hourly_traffic(hourly(24, ("low", "high")))
    assert figure.get_suptitle() == (
        "The busy hour, 5 Apr 2019 23:00, carries 49\N{NO-BREAK SPACE}GB"
    )
    assert keys(figure.legends[0]) == [
        "all: 5 Apr 2019 23:00, 49 GB",
        "high: 5 Apr 2019 23:00, 25 GB",
        "low: 5 Apr 2019 23:00, 24 GB",
    ]


@pytest.mark.parametrize(
    ("totals", "title"),
    [
        ([5e9], "All traffic is in one hour, 5 Apr 2019 00:00: 5 GB"),
        ([5e9, 0.0], "All traffic is in one hour, 5 Apr 2019 00:00: 5 GB"),
        ([5e9, 5e9], "2 hours are equally busy, the first 5 Apr 2019 00:00: each"),
        ([5e9, 5e9, 1e9], "2 hours are equally busy, the first 5 Apr 2019 00:00: each"),
        ([5e9, 1e9], "The busy hour, 5 Apr 2019 00:00, carries 5 GB"),
    ],
)
def test_an_hour_is_the_busy_one_only_among_others(
    totals: list[float], title: str
) -> None:
    frame = hourly(len(totals), ("low", "high"))
    count = len(totals) * 2
    frame |= {
        "total_bytes": [size for total in totals for size in (total, 0.0)],
        "busy_at": frame["step_at"][:1] * count,
        "busy_bytes": totals[:1] * count,
        "cluster_busy_bytes": [totals[0], 0.0] * len(totals),
    }
    figure = time.hourly_traffic(frame)
    shown = figure.get_suptitle().replace("\N{NO-BREAK SPACE}", " ")
    assert shown.startswith(title)
    assert "high: no traffic" in keys(figure.legends[0])


def test_means_of_many_hours_are_said() -> None:
    for hours, unit in ((24, "day"), (168, "week")):
        frame = hourly(700, ("low",), hours)
        (axes,) = time.hourly_traffic(frame).axes
        assert axes.get_ylabel() == f"Traffic (bytes per hour, mean of a {unit})"
        edges = axes.patches[0].get_data().edges
        assert edges[1] - edges[0] == hours / 24


def test_hours_that_carry_next_to_nothing_are_left_out_and_said() -> None:
    frame = hourly(100, ("low",))
    early = [1e6] * 50 + frame["total_bytes"][50:]
    late = {"busy_at": [datetime(2019, 4, 7, 23)] * 100}
    (axes,) = time.hourly_traffic(frame | {"total_bytes": early} | late).axes
    assert stacked(axes)[0][1] == early[50:]
    assert "<0.1% of the traffic came earlier, from 5 Apr 2019 on)" in axes.get_xlabel()
    # never the busy hour, though
    (axes,) = time.hourly_traffic(frame | {"total_bytes": early}).axes
    assert stacked(axes)[0][1] == early


def test_hours_without_traffic_have_no_busy_one() -> None:
    frame = hourly(4, ("low", "high")) | {"total_bytes": [0.0] * 8}
    figure = time.hourly_traffic(frame | {"busy_bytes": [0.0] * 8})
    assert figure.axes == []
    assert figure.texts[-1].get_text() == "No hour has traffic."


def test_hostile_names_of_clusters_fit_and_are_no_formulas(tmp_path) -> None:
    assert_it_fits(time.hourly_traffic(hourly(3, HOSTILE)), tmp_path)
