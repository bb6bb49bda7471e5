"""Figures of users show what the frames hold."""

from __future__ import annotations

import itertools
import math

import pytest
from looking import (
    FOUR_METRICS,
    METRICS,
    assert_it_fits,
    cells,
    colours,
    columns,
    keys,
    texts,
    ticks,
    titles,
    widths,
)

from engagement.report.figures import users

HOUR = 3_600_000


def leaders(metrics: dict[str, list[tuple[str, int]]]) -> dict:
    return columns(
        [
            {
                "metric": metric,
                "label": FOUR_METRICS[metric][0],
                "unit": FOUR_METRICS[metric][1],
                "user_rank": rank,
                "user_id": user,
                "value": value,
            }
            for metric, users in metrics.items()
            for rank, (user, value) in enumerate(users, 1)
        ]
    )


def test_top_users_in_all_lists_are_hatched() -> None:
    frame = leaders(
        {
            "session_count": [("a$1", 18), ("b", 9)],
            "duration_ms": [("a$1", 90 * HOUR), ("c", HOUR)],
            "total_bytes": [("b", 2 * 10**9), ("a$1", 10**9)],
        }
    )
    figure = users.top_users(frame)
    sessions, hours, traffic = figure.axes
    assert figure.get_suptitle() == (
        "1 user is among the top 2 by sessions, by duration and by traffic (hatched)"
    )
    assert texts(sessions) == [r"a\$1", "18", "b", "9"]
    assert texts(hours) == [r"a\$1", "90 h", "c", "1 h"]
    assert texts(traffic) == ["b", "2 GB", r"a\$1", "1 GB"]
    assert widths(hours.containers[0]) == [90, 1]
    assert widths(traffic.containers[0]) == [2e9, 1e9]
    hatched = [[bool(b.get_hatch()) for b in a.containers[0]] for a in figure.axes]
    assert hatched == [[True, False], [True, False], [False, True]]
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "Sessions (count)",
        "Duration (hours)",
        "Traffic (bytes, DL + UL)",
    ]


def test_a_long_list_of_top_users_is_cut() -> None:
    longest = [(f"u{i}", 1000 - i) for i in range(500)]
    figure = users.top_users(leaders(dict.fromkeys(METRICS, longest)))
    assert [len(axes.containers[0]) for axes in figure.axes] == [30, 30, 30]
    assert "30 users are among the top 30" in figure.get_suptitle()


def test_a_fourth_metric_has_a_panel_of_users(tmp_path) -> None:
    users_of = {metric: [("a", 9), ("b", 5)] for metric in FOUR_METRICS}
    users_of["active_days"] = [("b", 28), ("c", 27)]
    figure = users.top_users(leaders(users_of))
    assert titles(figure) == [
        "By sessions", "By duration", "By traffic", "By active days",
    ]  # fmt: skip
    assert figure.get_suptitle().replace("\n", " ") == (
        "1 user is among the top 2 by sessions, by duration, by traffic and by "
        "active days (hatched)"
    )
    days = figure.axes[-1]
    assert days.get_xlabel() == "Active days (count)"
    assert texts(days) == ["b", "28", "c", "27"]
    assert [bool(bar.get_hatch()) for bar in days.containers[0]] == [True, False]
    rows = {round(axes.get_position().y0, 2) for axes in figure.axes}
    assert len(rows) == 2, "not two rows of two"
    assert_it_fits(figure, tmp_path)


def test_a_single_metric_has_room_for_its_title(tmp_path) -> None:
    figure = users.top_users(leaders({"active_days": [("a", 9), ("b", 5)]}))
    assert figure.get_suptitle() == (
        "2 users are among the top 2 by active days (hatched)"
    )
    assert_it_fits(figure, tmp_path)


@pytest.mark.parametrize("count", [1, 7, 20])
def test_every_application_has_a_panel_of_users(count: int) -> None:
    rows = [
        (f"a{i}", f"App {i}", rank, f"u{rank % 2}{i // 2}", 100 * (i + 1) // rank)
        for i in range(count)
        for rank in (1, 2)
    ]
    names = ["application", "display_name", "user_rank", "user_id", "total_bytes"]
    figure = users.top_users_per_application(
        dict(zip(names, zip(*rows, strict=True), strict=True))
    )
    assert titles(figure) == [f"App {i}" for i in range(count)]
    last = figure.axes[-1]
    assert widths(last.containers[0]) == [100 * count, 50 * count]
    assert figure.get_supxlabel() == "Traffic (bytes, DL + UL)"
    if count > 1:
        different = math.ceil(count / 2)
        who = (
            "One user leads" if different == 1 else f"{different} different users lead"
        )
        assert figure.get_suptitle() == f"{who} the {count} applications by traffic"


def concentration(**totals: int) -> dict:
    shares = {f"top_{p}_percent_share": p / 50 for p in (1, 5, 10, 20, 50)}
    return columns(
        [
            {
                "metric": metric,
                "label": FOUR_METRICS[metric][0],
                "user_share": percent / 100,
                "value_share": (percent / 100) ** 2,
                "total_value": total,
                "gini_coefficient": 0.333,
            }
            | shares
            for metric, total in totals.items()
            for percent in range(101)
        ]
    )


def test_concentration_is_curves_below_the_line_of_equality() -> None:
    frame = concentration(session_count=3, duration_ms=5, total_bytes=9)
    figure = users.engagement_concentration(frame)
    curves, tops = figure.axes
    assert (
        figure.get_suptitle() == "The top 10% of users account for 20% of the traffic"
    )
    equal, *drawn = curves.lines
    assert (list(equal.get_xdata()), list(equal.get_ydata())) == ([0, 1], [0, 1])
    assert len(drawn) == 3
    for line in drawn:
        assert list(line.get_xdata()) == [p / 100 for p in range(101)]
        assert list(line.get_ydata()) == [(p / 100) ** 2 for p in range(101)]
    assert len({line.get_marker() for line in drawn}) == 3
    assert keys(curves.get_legend()) == [
        "all users equal",
        "sessions: Gini 0.33",
        "duration: Gini 0.33",
        "traffic: Gini 0.33",
    ]
    assert [widths(bar) for bar in tops.containers] == [[0.02, 0.1, 0.2, 0.4, 1]] * 3
    assert len({bar[0].get_hatch() for bar in tops.containers}) == 3
    assert texts(tops)[:5] == ["2%", "10%", "20%", "40%", "100%"]
    assert ticks(tops.yaxis, figure) == [
        "top 1%", "top 5%", "top 10%", "top 20%", "top 50%",
    ]  # fmt: skip


def test_nothing_has_no_concentration() -> None:
    frame = concentration(session_count=3, total_bytes=0)
    figure = users.engagement_concentration(frame)
    assert (
        figure.get_suptitle() == "The top 10% of users account for 20% of the sessions"
    )
    assert keys(figure.axes[1].get_legend()) == ["sessions"]


def test_a_fourth_metric_has_a_curve(tmp_path) -> None:
    figure = users.engagement_concentration(
        concentration(**dict.fromkeys(FOUR_METRICS, 9))
    )
    curves, tops = figure.axes
    assert keys(curves.get_legend())[1:] == [
        "sessions: Gini 0.33",
        "duration: Gini 0.33",
        "traffic: Gini 0.33",
        "active days: Gini 0.33",
    ]
    drawn = curves.lines[1:]
    assert len({line.get_marker() for line in drawn}) == 4
    assert len({line.get_color() for line in drawn}) == 4
    bars = sorted(
        (bar.get_y(), bar.get_height()) for group in tops.containers for bar in group
    )
    assert all(
        low + height <= high + 1e-9
        for (low, height), (high, _) in itertools.pairwise(bars)
    ), "bars lie on each other"
    assert (
        figure.get_suptitle() == "The top 10% of users account for 20% of the traffic"
    )
    assert_it_fits(figure, tmp_path)


def depth(rows: list[tuple[int, int, int]]) -> dict:
    return columns(
        [
            {
                "recency_quintile": recency,
                "frequency_quintile": frequency,
                "user_count": users,
                "total_bytes": 2e9 * frequency,
                "least_days": 10 * (5 - recency),
                "most_days": 10 * (5 - recency) + recency - 1,
                "least_sessions": frequency,
                "most_sessions": frequency,
            }
            for recency, frequency, users in rows
        ]
    )


def test_depth_is_a_table_of_fifths() -> None:
    figure = users.engagement_depth(depth([(1, 1, 60), (5, 1, 30), (5, 5, 10)]))
    (axes,) = figure.axes
    assert figure.get_suptitle() == (
        "10 of 100 users (10%) are in the top fifth by recency and by frequency"
    )
    # the top row is the most frequent fifth, the last column the most recent
    assert colours(axes) == {(4, 0): 60, (4, 4): 30, (0, 4): 10}
    assert cells(axes) == {
        (4, 0): "60 (60%)\n2 GB each",
        (4, 4): "30 (30%)\n2 GB each",
        (0, 4): "10 (10%)\n10 GB each",
    }
    assert ticks(axes.xaxis, figure) == [
        "1\n40 days", "2\nnobody", "3\nnobody", "4\nnobody", "5\n0 to 4 days",
    ]  # fmt: skip
    assert ticks(axes.yaxis, figure)[::4] == ["5\n5 sessions", "1\n1 session"]
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_one_user_is_in_one_fifth() -> None:
    figure = users.engagement_depth(depth([(5, 1, 1)]))
    assert colours(figure.axes[0]) == {(4, 4): 1}
    assert figure.get_suptitle().startswith("0 of 1 users (0%) are in the top fifth")
