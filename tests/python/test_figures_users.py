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


def leaders(
    metrics: dict[str, list[tuple[str, int]]],
    user_total: int = 1000,
    unlisted: dict[str, list[int]] | None = None,
) -> dict:
    """Make a frame of the leading users; `unlisted` are values of other users."""
    return columns(
        [
            {
                "metric": metric,
                "label": FOUR_METRICS[metric][0],
                "unit": FOUR_METRICS[metric][1],
                "user_rank": rank,
                "user_id": user,
                "value": value,
                "tied_count": [
                    *(own for _, own in users),
                    *(unlisted or {}).get(metric, []),
                ].count(value),
                "user_total": user_total,
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
    assert "The same 30 users are the top 30" in figure.get_suptitle()


ALICE_FIRST = [("a", 9), ("b", 5)]


@pytest.mark.parametrize(
    ("metrics", "user_total", "unlisted", "title", "hatched"),
    [
        # a list of everybody says nothing
        ([ALICE_FIRST] * 3, 2, [], "Both users, by sessions, by duration and by", 0),
        ([[("a", 9)]] * 3, 1, [], "The only user, by sessions, by duration and by", 0),
        # nor does one of users who are equal
        (
            [[("a", 5), ("b", 5)]] * 3, 40, [5] * 38,
            "All 40 users are equal by sessions, by duration and by traffic", 0,
        ),
        (
            [ALICE_FIRST, [("a", 5), ("b", 5)], ALICE_FIRST], 40, [5] * 7,
            "No user is among the top 2 by sessions, by duration and by traffic; "
            "others equal the last user listed by sessions, by duration and by", 0,
        ),
        (
            [ALICE_FIRST, [("a", 6), ("b", 5)], [("a", 6), ("b", 4)]], 40, [5] * 7,
            "1 user is among the top 2 by sessions, by duration and by traffic "
            "(hatched); others equal the last user listed by sessions and by", 3,
        ),
        (
            [ALICE_FIRST] * 3, 40, [],
            "The same 2 users are the top 2 by sessions, by duration and by traffic", 6,
        ),
        ([[("a", 9)]] * 3, 40, [], "1 user is first by sessions, by duration and", 3),
        ([ALICE_FIRST], 40, [], "Top 2 users by sessions", 0),
        ([[("a", 9)]], 40, [], "Top 1 user by sessions", 0),
    ],
)  # fmt: skip
def test_the_title_claims_nothing_of_top_users_that_equals_could_change(
    metrics: list, user_total: int, unlisted: list, title: str, hatched: int
) -> None:
    lists = dict(zip(METRICS, metrics, strict=False))
    others = dict.fromkeys(METRICS, unlisted)
    figure = users.top_users(leaders(lists, user_total, others))
    assert figure.get_suptitle().replace("\n", " ").startswith(title)
    bars = [bar for axes in figure.axes for bar in axes.containers[0]]
    assert sum(bool(bar.get_hatch()) for bar in bars) == hatched


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
    assert figure.get_suptitle() == "Top 2 users by active days"
    assert_it_fits(figure, tmp_path)


def of_applications(lists: list[list[tuple[str, int]]], users: int = 0) -> dict:
    """Make a frame of the leading users of each application, of so many users."""
    return columns(
        [
            {
                "application": f"a{i}",
                "display_name": f"App {i}",
                "user_rank": rank,
                "user_id": user,
                "total_bytes": size,
                "user_count": users or len(own),
            }
            for i, own in enumerate(lists)
            for rank, (user, size) in enumerate(own, 1)
        ]
    )


@pytest.mark.parametrize("count", [1, 7, 20])
def test_every_application_has_a_panel_of_users(count: int) -> None:
    lists = [
        [(f"u{rank % 2}{i // 2}", 100 * (i + 1) // rank) for rank in (1, 2)]
        for i in range(count)
    ]
    figure = users.top_users_per_application(of_applications(lists))
    assert titles(figure) == [f"App {i}" for i in range(count)]
    last = figure.axes[-1]
    assert widths(last.containers[0]) == [100 * count, 50 * count]
    assert figure.get_supxlabel() == "Traffic (bytes, DL + UL)"
    title = "Top 2 users by traffic"
    if count > 1:
        different = math.ceil(count / 2)
        title = f"{different} different users lead the {count} applications by traffic"
    assert figure.get_suptitle() == title


@pytest.mark.parametrize(
    ("lists", "title"),
    [
        (
            [[("a", 9), ("b", 5)], [("a", 8), ("c", 2)]],
            "One user leads the 2 applications by traffic",
        ),
        (
            [[("a", 9), ("b", 5)], [("a", 8), ("b", 8)], [("b", 8)]],
            "One user leads 1 of the 3 applications by traffic; in the other 2, users "
            "are equal or alone",
        ),
        (
            [[("a", 9), ("b", 5)], [("b", 8)]],
            "One user leads 1 of the 2 applications by traffic; in the other, users "
            "are equal or alone",
        ),
        (
            [[("a", 5), ("b", 5)]] * 5,
            "In each of the 5 applications, the first users are equal",
        ),
        ([[("a", 5)]] * 5, "Only one user has traffic with the applications"),
        ([[("a", 5)]], "Only one user has traffic with the applications"),
        ([[("a", 5)], [("b", 5)]], "Each of the 2 applications has only one user"),
    ],
)
def test_who_has_no_other_user_below_does_not_lead(lists: list, title: str) -> None:
    figure = users.top_users_per_application(of_applications(lists))
    assert figure.get_suptitle().replace("\n", " ") == title


def test_a_list_of_one_does_not_tell_whether_another_is_equal() -> None:
    frame = of_applications([[("a", 5)]] * 3, users=40)
    figure = users.top_users_per_application(frame)
    assert figure.get_suptitle() == (
        "The user with the most traffic in each of 3 applications"
    )


def concentration(user_count: int = 100, gini: float = 0.333, **totals: int) -> dict:
    shares = {f"top_{p}_percent_share": p / 50 for p in (1, 5, 10, 20, 50)}
    return columns(
        [
            {
                "metric": metric,
                "label": FOUR_METRICS[metric][0],
                "user_share": percent / 100,
                "value_share": (percent / 100) ** 2,
                "user_count": user_count,
                "total_value": total,
                "gini_coefficient": gini,
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


@pytest.mark.parametrize(
    ("user_count", "gini", "title"),
    [
        (10, 0.333, "The top 10% of users account for 20% of the traffic"),
        (9, 0.333, "9 users share the traffic with a Gini coefficient of 0.33"),
        (2, 0.25, "2 users share the traffic with a Gini coefficient of 0.25"),
        (2, 0.0, "Both users account for about the same traffic"),
        (500, 0.004, "All 500 users account for about the same traffic"),
        (1, 0.0, "The only user accounts for all of the traffic"),
    ],
)
def test_few_or_equal_users_have_no_top_ten_percent(
    user_count: int, gini: float, title: str
) -> None:
    frame = concentration(user_count, gini, total_bytes=9)
    assert users.engagement_concentration(frame).get_suptitle() == title


def test_totals_of_nothing_are_said() -> None:
    figure = users.engagement_concentration(concentration(total_bytes=0))
    assert figure.texts[-1].get_text() == "No metric has a total above zero."


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


def test_depth_without_traffic_counts_users_only() -> None:
    frame = depth([(1, 1, 60), (5, 5, 40)]) | {"total_bytes": [0.0, 0.0]}
    (axes,) = users.engagement_depth(frame).axes
    assert cells(axes) == {(4, 0): "60 (60%)", (0, 4): "40 (40%)"}
    assert titles(axes.figure) == ["Users; equal values share a fifth"]


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


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([(5, 1, 1)], "There is only one user"),
        ([(1, 1, 2)], "Both users are equally recent and equally frequent"),
        ([(1, 2, 40), (5, 2, 5)], "All 45 users are equally frequent"),
        ([(5, 5, 1), (1, 1, 2)], "1 of 3 users (33.3%) is in the top fifth by"),
        ([(5, 1, 1), (1, 5, 2)], "0 of 3 users (0%) are in the top fifth by"),
        (
            [(4, 5, 3), (2, 1, 7)],
            "3 of 10 users (30%) are among both the most recent and the most frequent",
        ),
    ],
)
def test_fifths_of_few_or_equal_users_claim_little(rows: list, title: str) -> None:
    figure = users.engagement_depth(depth(rows))
    assert figure.get_suptitle().startswith(title)
    assert sum(colours(figure.axes[0]).values()) == sum(row[2] for row in rows)


def test_users_of_one_day_are_equally_recent() -> None:
    frame = depth([(5, 1, 3), (5, 5, 1)]) | {"least_days": [0, 0], "most_days": [0, 0]}
    figure = users.engagement_depth(frame)
    assert figure.get_suptitle() == "All 4 users are equally recent"
    frame |= {"least_sessions": [2, 2], "most_sessions": [2, 2]}
    figure = users.engagement_depth(frame)
    assert figure.get_suptitle() == (
        "All 4 users are equally recent and equally frequent"
    )
