"""What the figures show is what the frames hold."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

import pytest
from matplotlib.dates import date2num, num2date

from engagement.report import plots
from engagement.report.charts import log_ticks
from engagement.report.drawing import save_png
from engagement.report.formats import format_count, format_share
from engagement.report.pieces import PIECES

HOUR = 3_600_000


@pytest.mark.parametrize("high", [1.5, 7, 40, 1e3, 1e6, 1e13, 1e30])
def test_log_ticks_are_few_and_inside(high: float) -> None:
    ticks = log_ticks(0.7, high)
    assert ticks[0] == 1
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= high
    assert len(ticks) <= 7


def traffic(totals: list[int], names: list[str] | None = None) -> dict:
    down = [total * 3 // 4 for total in totals]
    return {
        "display_name": names or [f"App {i}" for i in range(len(totals))],
        "dl_bytes": down,
        "ul_bytes": [total - dl for total, dl in zip(totals, down, strict=True)],
        "total_bytes": totals,
        "traffic_share": [total / (sum(totals) or 1) for total in totals],
    }


def texts(axes) -> list[str]:
    return [text.get_text().strip() for text in axes.texts]


def widths(container) -> list[float]:
    return [bar.get_width() for bar in container]


def ticks(axis, figure) -> list[str]:
    figure.draw_without_rendering()
    return [label.get_text() for label in axis.get_ticklabels()]


def test_top_applications_are_bars_of_their_traffic() -> None:
    frame = traffic([6 * 10**12, 3 * 10**12, 10**12], ["Other", "Gaming", "YouTube"])
    frame["traffic_share"] = [0.5, 0.25, 1 / 12]
    figure = plots.top_applications(frame)
    (axes,) = figure.axes
    assert figure.get_suptitle() == (
        "Other, Gaming and YouTube carry 83.3% of the traffic"
    )
    assert widths(axes.containers[0]) == [6e12, 3e12, 1e12]
    assert texts(axes) == [
        "Other", "6 TB (50%)", "Gaming", "3 TB (25%)", "YouTube", "1 TB (8.3%)",
    ]  # fmt: skip
    assert axes.get_xlabel() == "Traffic (bytes, DL + UL)"
    assert ticks(axes.xaxis, figure) == ["0", "2 TB", "4 TB", "6 TB"]
    top, bottom = axes.transData.transform([(0, 0), (0, 2)])[:, 1]
    assert top > bottom, "the first application is not on top"


def test_many_or_few_top_applications_change_the_title() -> None:
    five, one = plots.top_applications(traffic([5] * 5)), traffic([10**9], ["Gaming"])
    assert five.get_suptitle() == "The top 5 applications carry 100% of the traffic"
    one = plots.top_applications(one)
    assert one.get_suptitle() == "Gaming carries 100% of the traffic"


@pytest.mark.parametrize("count", [1, 7, 20])
def test_downlink_and_uplink_are_stacked(count: int) -> None:
    frame = traffic([4 * 10**9 * (i + 1) for i in reversed(range(count))])
    figure = plots.application_traffic(frame)
    (axes,) = figure.axes
    down, up = axes.containers
    assert widths(down) == frame["dl_bytes"]
    assert widths(up) == pytest.approx(frame["ul_bytes"])
    assert [bar.get_x() for bar in up] == frame["dl_bytes"]
    assert ("75% of it downlink") in figure.get_suptitle()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "Downlink (DL)",
        "Uplink (UL)",
    ]
    assert up[0].get_hatch()
    assert not down[0].get_hatch()


@pytest.mark.parametrize("draw", [plots.top_applications, plots.application_traffic])
def test_no_traffic_at_all_is_said(draw) -> None:
    figure = draw(traffic([0, 0]))
    assert figure.get_suptitle() == "No application has traffic"
    assert texts(figure.axes[0]) == ["App 0", "0 B (0%)", "App 1", "0 B (0%)"]
    assert ticks(figure.axes[0].xaxis, figure) == ["0", "1 B"]


def test_names_are_shown_as_they_stand(tmp_path) -> None:
    names = [r"$\frac$ & $x$", "中文 \N{GRINNING FACE}", "n" * 99]
    figure = plots.top_applications(traffic([3, 2, 1], names))
    save_png(figure, tmp_path / "names.png")  # a warning would fail the test
    shown = [t for t in figure.axes[0].texts if t.get_ha() == "right"]
    assert [t._preprocess_math(t.get_text()) for t in shown] == [
        (r"$\frac$ & $x$", False),
        (names[1], False),
        ("n" * 23 + "…", False),
    ]
    title = figure._suptitle
    assert title._preprocess_math(title.get_text())[1] is False


def elbow(at: int | None, count: int = 10) -> dict:
    ks = list(range(1, count + 1))
    return {
        "k": ks,
        "inertia": [1000 / k for k in ks],
        "is_elbow": [k == at for k in ks],
    }


@pytest.mark.parametrize("at", [2, 3, 9])
def test_the_elbow_is_marked_at_its_k(at: int) -> None:
    figure = plots.elbow_curve(elbow(at))
    (axes,) = figure.axes
    curve = next(line for line in axes.lines if len(line.get_xdata()) == 10)
    (mark,) = [line for line in axes.lines if line.get_label() == "elbow"]
    assert list(curve.get_xdata()) == list(range(1, 11))
    assert list(curve.get_ydata()) == [1000 / k for k in range(1, 11)]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([at], [1000 / at])
    assert figure.get_suptitle().startswith(f"The elbow is at k = {at}:")
    assert texts(axes) == [f"Elbow: k = {at}, inertia {format_count(1000 / at)}"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "Clusters k (count)",
        "Inertia (squared distance, scaled metrics)",
    )


@pytest.mark.parametrize("count", [1, 2, 10])
def test_a_missing_elbow_is_said(count: int) -> None:
    figure = plots.elbow_curve(elbow(None, count))
    (axes,) = figure.axes
    assert figure.get_suptitle().startswith("No elbow")
    assert axes.get_title(loc="right") == "No elbow was found"
    assert [len(line.get_xdata()) for line in axes.lines] == [count]


def bins(rows: list[tuple]) -> dict:
    names = ["cluster_id", "cluster_name", "user_count", "session_count"]
    columns = zip(*rows, strict=True)
    return dict(zip([*names, "total_bytes"], columns, strict=True))


def test_clusters_are_markers_sized_by_users() -> None:
    rows = [
        (1, "low", 4000, 1, 1e7),
        (1, "low", 8000, 2, 2e7),
        (2, "high", 3, 50, 1e11),
        (2, "high", 1, 90, 2e11),
    ]
    figure = plots.clusters(bins(rows))
    (axes,) = figure.axes
    low, high = axes.collections[:2]
    assert low.get_offsets().tolist() == [[2, 2e7], [1, 1e7]]
    assert high.get_offsets().tolist() == [[50, 1e11], [90, 2e11]]
    assert low.get_sizes()[0] == 2 * low.get_sizes()[1]
    assert 0 < high.get_sizes()[0] < low.get_sizes()[1]
    assert low.get_paths()[0].vertices.shape != high.get_paths()[0].vertices.shape
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == "Sessions (count), of a user"
    assert axes.get_ylabel() == "Traffic (bytes, DL + UL), of a user"
    assert [low.get_label(), high.get_label()] == [
        "low: 12,000 (>99.9%)",
        "high: 4 (<0.1%)",
    ]
    assert figure.get_suptitle() == (
        "The most engaged cluster, high: 4 of 12,004 users, on average 60 sessions, "
        "125\N{NO-BREAK SPACE}GB"
    )


def test_users_without_traffic_have_a_place_on_the_log_axis() -> None:
    figure = plots.clusters(bins([(1, "low", 5, 1, 0.0), (2, "high", 1, 9, 1e9)]))
    (axes,) = figure.axes
    assert axes.get_yscale() == "symlog"
    assert ticks(axes.yaxis, figure)[0] == "0"
    zero, billion = axes.transAxes.inverted().transform(
        axes.transData.transform([(1, 0.0), (1, 1e9)])
    )[:, 1]
    assert 0 < zero < billion < 1


def test_ten_clusters_can_be_told_apart_without_colour() -> None:
    rows = [(i, f"level_{i}", i, 2**i, 10**i) for i in range(1, 11)]
    (axes,) = plots.clusters(bins(rows)).axes
    shapes = [c.get_paths()[0].vertices.tobytes() for c in axes.collections[:10]]
    assert len(set(shapes)) == 10


def summary(count: int, least: int = 1) -> dict:
    rows = [
        (i, f"level_{i}", metric, 10, least * 2**i, 4 * 2**i, 2.0 * 2**i, 20 * 2**i)
        for i in range(1, count + 1)
        for metric in ("duration_ms", "session_count", "total_bytes")
    ]
    names = ["cluster_id", "cluster_name", "metric", "user_count", "min_value"]
    names += ["max_value", "mean_value", "total_value"]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


@pytest.mark.parametrize("count", [2, 3, 10])
def test_the_summary_divides_users_and_totals(count: int) -> None:
    figure = plots.cluster_summary(summary(count))
    parts = figure.axes[0].containers
    assert len(parts) == count
    assert [sum(w) for w in zip(*map(widths, parts), strict=True)] == [
        pytest.approx(1)
    ] * 4
    total = sum(2**i for i in range(1, count + 1))
    expected = [1 / count] + 3 * [2**count / total]
    assert widths(parts[-1]) == pytest.approx(expected)
    shown = texts(figure.axes[0])[-4:]
    assert shown == [format_share(share) for share in expected]
    assert figure.get_suptitle() == (
        f"The most engaged cluster, level_{count}, is {shown[0]} of users and "
        f"{shown[3]} of traffic"
    )
    assert len({bar[0].get_hatch() for bar in parts}) == count
    keys = [text.get_text() for text in figure.legends[0].get_texts()]
    assert keys == [f"level_{i}" for i in range(1, count + 1)]


def test_the_summary_shows_ranges_in_units() -> None:
    frame = summary(2)
    figure = plots.cluster_summary(frame)
    for axes, axis, texts_of_low in (
        (figure.axes[1], "Sessions (count), of a user", ["8", "2", "mean 4"]),
        (figure.axes[2], "Duration (hours), of a user", None),
        (figure.axes[3], "Traffic (bytes, DL + UL), of a user", ["8 B", "2 B"]),
    ):
        assert axes.get_xlabel() == axis
        assert axes.get_xscale() == "log"
        if texts_of_low:
            assert texts(axes)[: len(texts_of_low)] == texts_of_low
    low = figure.axes[1].lines[0]
    assert (list(low.get_xdata()), list(low.get_ydata())) == ([2, 8], [0, 0])
    hours = figure.axes[2].lines[0].get_xdata()
    assert list(hours) == [2 / HOUR, 8 / HOUR]


def test_a_log_axis_of_counts_begins_at_one() -> None:
    frame = summary(3) | {"min_value": [1] * 9, "max_value": [36] * 9}
    figure = plots.cluster_summary(frame)
    assert ticks(figure.axes[1].xaxis, figure)[:3] == ["1", "2", "5"]


def test_the_summary_shows_clusters_without_traffic() -> None:
    figure = plots.cluster_summary(summary(2, least=0))
    assert [axes.get_xscale() for axes in figure.axes[1:]] == ["symlog"] * 3
    assert ticks(figure.axes[3].xaxis, figure)[0] == "0"


def leaders(metrics: dict[str, list[tuple[str, int]]]) -> dict:
    rows = [
        (metric, rank, user, value)
        for metric, users in metrics.items()
        for rank, (user, value) in enumerate(users, 1)
    ]
    names = ["metric", "user_rank", "user_id", "value"]
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def test_top_users_in_all_lists_are_hatched() -> None:
    frame = leaders(
        {
            "duration_ms": [("a$1", 90 * HOUR), ("c", HOUR)],
            "session_count": [("a$1", 18), ("b", 9)],
            "total_bytes": [("b", 2 * 10**9), ("a$1", 10**9)],
        }
    )
    figure = plots.top_users(frame)
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
    users = [(f"u{i}", 1000 - i) for i in range(500)]
    metrics = ("session_count", "duration_ms", "total_bytes")
    figure = plots.top_users(leaders(dict.fromkeys(metrics, users)))
    assert [len(axes.containers[0]) for axes in figure.axes] == [30, 30, 30]
    assert "30 users are among the top 30" in figure.get_suptitle()


@pytest.mark.parametrize("count", [1, 7, 20])
def test_every_application_has_a_panel_of_users(count: int) -> None:
    rows = [
        (f"a{i}", f"App {i}", rank, f"u{rank % 2}{i // 2}", 100 * (i + 1) // rank)
        for i in range(count)
        for rank in (1, 2)
    ]
    names = ["application", "display_name", "user_rank", "user_id", "total_bytes"]
    figure = plots.top_users_per_application(
        dict(zip(names, zip(*rows, strict=True), strict=True))
    )
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [f"App {i}" for i in range(count)]
    last = figure.axes[-1]
    assert widths(last.containers[0]) == [100 * count, 50 * count]
    assert figure.get_supxlabel() == "Traffic (bytes, DL + UL)"
    if count > 1:
        different = math.ceil(count / 2)
        who = (
            "One user leads" if different == 1 else f"{different} different users lead"
        )
        assert figure.get_suptitle() == f"{who} the {count} applications by traffic"


def columns(rows: list[dict]) -> dict:
    return {name: [row[name] for row in rows] for name in rows[0]}


def keys(legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def cells(axes) -> dict[tuple[int, int], str]:
    """Read a heat map: what is written into (row, column)."""
    places = [text.get_position() for text in axes.texts]
    return {
        (int(y), int(x)): text.get_text()
        for (x, y), text in zip(places, axes.texts, strict=True)
    }


def colours(axes) -> dict[tuple[int, int], float]:
    """Read a heat map: the values that the colours of (row, column) stand for."""
    values = axes.collections[0].get_array()
    return {
        (i, j): values[i, j]
        for i in range(values.shape[0])
        for j in range(values.shape[1])
        if not values.mask[i, j]
    }


HOSTILE = (r"$\frac$ & $x$", "中文" * 20, "n" * 99, "a\nb", "%s{}", "_x", "$", "<b>")


def concentration(**totals: int) -> dict:
    shares = {f"top_{p}_percent_share": p / 50 for p in (1, 5, 10, 20, 50)}
    return columns(
        [
            {
                "metric": metric,
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
    frame = concentration(duration_ms=5, session_count=3, total_bytes=9)
    figure = plots.engagement_concentration(frame)
    curves, tops = figure.axes
    assert figure.get_suptitle() == "The top 10% of users make 20% of the traffic"
    equal, *drawn = curves.lines
    assert (list(equal.get_xdata()), list(equal.get_ydata())) == ([0, 1], [0, 1])
    assert len(drawn) == 3
    for line in drawn:
        assert list(line.get_xdata()) == [p / 100 for p in range(101)]
        assert list(line.get_ydata()) == [(p / 100) ** 2 for p in range(101)]
    assert len({line.get_marker() for line in drawn}) == 3
    assert keys(curves.get_legend()) == [
        "all users alike",
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
    figure = plots.engagement_concentration(frame)
    assert figure.get_suptitle() == "The top 10% of users make 20% of the sessions"
    assert keys(figure.axes[1].get_legend()) == ["sessions"]


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
    figure = plots.engagement_depth(depth([(1, 1, 60), (5, 1, 30), (5, 5, 10)]))
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
    figure = plots.engagement_depth(depth([(5, 1, 1)]))
    assert colours(figure.axes[0]) == {(4, 4): 1}
    assert figure.get_suptitle().startswith("0 of 1 users (0%) are in the top fifth")


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


def stacked(axes) -> list[tuple[list[float], list[float]]]:
    """Read where the parts of steps begin and end."""
    data = [patch.get_data() for patch in axes.patches]
    return [(list(values.baseline), list(values.values)) for values in data]


@pytest.mark.parametrize("count", [1, 2, 25, 60, 731])
def test_days_are_steps_of_users_and_traffic(count: int) -> None:
    frame = daily(count)
    figure = plots.daily_engagement(frame)
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


def test_the_busiest_day_is_said() -> None:
    one, two = plots.daily_engagement(daily(1)), plots.daily_engagement(daily(25))
    assert one.get_suptitle() == "100 users are active on 20 Dec 2019"
    assert two.get_suptitle() == (
        "On average 112 users are active a day; most on 13 Jan 2020: 124"
    )
    assert ticks(one.axes[-1].xaxis, one) == ["20 Dec"]
    assert two.axes[-1].get_xlabel() == "Day (20 Dec 2019 to 13 Jan 2020)"


def retention(found: dict[tuple[int, int], int], last: date, users: int = 100) -> dict:
    return columns(
        [
            {
                "cohort_week": date(2019, 4, 22) + timedelta(7 * cohort),
                "weeks_later": week,
                "user_count": users,
                "active_users": active,
                "retention_share": active / users,
                "last_date": last,
            }
            for (cohort, week), active in found.items()
        ]
    )


def test_retention_is_a_table_of_weeks() -> None:
    # nobody of the second week is active in the third
    found = {(0, 0): 100, (0, 1): 40, (0, 2): 20, (1, 0): 100, (2, 0): 100}
    figure = plots.weekly_retention(retention(found, date(2019, 5, 12)))
    (axes,) = figure.axes
    assert figure.get_suptitle() == "20% of new users come again the week after"
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
    figure = plots.weekly_retention(retention(found, date(2019, 5, 6)))
    assert figure.get_suptitle() == "40% of new users come again the week after"
    shown = cells(figure.axes[0])
    assert {cell for cell in shown if shown[cell].endswith("*")} == {
        (0, 2), (1, 1), (2, 0),
    }  # fmt: skip
    assert figure.axes[0].get_xlabel().endswith("* not over yet")
    found = {(0, 0): 100, (0, 1): 40, (1, 0): 100}
    figure = plots.weekly_retention(retention(found, date(2019, 4, 29)))
    assert figure.get_suptitle().startswith("So far 40% of new users")


def test_one_week_has_no_retention() -> None:
    figure = plots.weekly_retention(retention({(0, 0): 100}, date(2019, 4, 28)))
    assert figure.axes == []
    assert "no second week" in figure.texts[-1].get_text()


def test_of_many_weeks_the_newest_are_shown() -> None:
    found = {(i, j): 100 - j for i in range(104) for j in range(104 - i)}
    last = date(2019, 4, 22) + timedelta(7 * 103 + 6)
    (axes,) = plots.weekly_retention(retention(found, last)).axes
    assert axes.collections[0].get_array().shape == (20, 20)
    assert axes.get_title(loc="left").endswith("new in the last 20 weeks")
    old = {(0, j): 1 for j in range(104)}
    figure = plots.weekly_retention(retention(old, last))
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
                "busy_bytes": 1e9
                * sum(c + min(count - 1, 23) for c in range(1, len(names) + 1)),
            }
            for i in range(count)
            for cluster, name in enumerate(names, 1)
        ]
    )


@pytest.mark.parametrize("count", [1, 30, 581, 2400])
def test_hours_are_stacked_by_cluster(count: int) -> None:
    figure = plots.hourly_traffic(hourly(count, ("low", "high")))
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


def test_the_busy_hours_are_in_the_legend() -> None:
    figure = plots.hourly_traffic(hourly(48, ("low", "high")))
    assert figure.get_suptitle() == (
        "The busy hour, 5 Apr 2019 23:00, carries 49\N{NO-BREAK SPACE}GB"
    )
    assert keys(figure.legends[0]) == [
        "all: 5 Apr 2019 23:00, 49 GB",
        "high: 5 Apr 2019 23:00, 25 GB",
        "low: 5 Apr 2019 23:00, 24 GB",
    ]


def test_means_of_many_hours_are_said() -> None:
    for hours, unit in ((24, "day"), (168, "week")):
        frame = hourly(700, ("low",), hours)
        (axes,) = plots.hourly_traffic(frame).axes
        assert axes.get_ylabel() == f"Traffic (bytes per hour, mean of a {unit})"
        edges = axes.patches[0].get_data().edges
        assert edges[1] - edges[0] == hours / 24


def test_hours_that_carry_next_to_nothing_are_left_out_and_said() -> None:
    frame = hourly(100, ("low",))
    early = [1e6] * 50 + frame["total_bytes"][50:]
    late = {"busy_at": [datetime(2019, 4, 7, 23)] * 100}
    (axes,) = plots.hourly_traffic(frame | {"total_bytes": early} | late).axes
    assert stacked(axes)[0][1] == early[50:]
    assert "<0.1% of the traffic, from 5 Apr 2019 on, comes before" in axes.get_xlabel()
    # never the busy hour, though
    (axes,) = plots.hourly_traffic(frame | {"total_bytes": early}).axes
    assert stacked(axes)[0][1] == early


def test_hours_without_traffic_have_no_busy_one() -> None:
    frame = hourly(4, ("low", "high")) | {"total_bytes": [0.0] * 8}
    figure = plots.hourly_traffic(frame | {"busy_bytes": [0.0] * 8})
    assert figure.get_suptitle() == "No hour has traffic"
    assert len(figure.axes[0].lines) == 0


def locations(rows: list[tuple], count: int) -> dict:
    names = ["location", "user_count", "highly_engaged_user_count", "total_bytes"]
    return columns(
        [
            dict(zip(names, row, strict=True))
            | {"traffic_share": row[3] / 100e9, "location_count": count}
            for row in rows
        ]
    )


def test_locations_have_their_highly_engaged_users_beside() -> None:
    rows = [("(missing)", 9, 2, 50e9), ("A$1", 7, 3, 20e9), ("9.1E+15", 4, 0, 10e9)]
    figure = plots.location_traffic(locations(rows, 40))
    traffic, users = figure.axes
    assert figure.get_suptitle() == "The top 2 of 40 locations carry 30% of the traffic"
    assert widths(traffic.containers[0]) == [20e9, 10e9]
    assert texts(traffic) == [r"A\$1", "20 GB (20%)", "9.1E+15", "10 GB (10%)"]
    engaged, others = users.containers
    assert (widths(engaged), widths(others)) == ([3, 0], [4, 4])
    assert [text for text in texts(users) if text] == ["3 of 7", "0 of 4"]
    assert (engaged[0].get_hatch(), others[0].get_hatch()) == ("", "////")
    assert keys(figure.legends[0]) == ["highly engaged users", "other users"]
    assert figure.get_supxlabel() == (
        "Without a location: 50 GB (50%), 2 highly engaged of 9 users"
    )


def test_few_or_many_locations_change_the_title() -> None:
    one = plots.location_traffic(locations([("A", 1, 1, 100e9)], 1))
    assert one.get_suptitle() == "One location carries 100% of the traffic"
    two = [("A", 1, 1, 60e9), ("B", 1, 0, 40e9)]
    two = plots.location_traffic(locations(two, 2))
    assert two.get_suptitle() == "All 2 locations carry 100% of the traffic"
    many = [(f"L{i}", 2, 1, 1e9) for i in range(16)]
    many = plots.location_traffic(locations(many, 10**6))
    assert many.get_suptitle() == "The top 15 of 1M locations carry 15% of the traffic"
    unknown = plots.location_traffic(locations([("(missing)", 1, 1, 100e9)], 0))
    assert unknown.texts[-1].get_text() == "There is no location."


def indices(rows: list[list[float | None]], names: tuple[str, ...] = ()) -> dict:
    """Per application the index of each cluster."""
    return columns(
        [
            {
                "cluster_id": cluster,
                "cluster_name": names[cluster - 1] if names else f"level_{cluster}",
                "application": f"a{place}",
                "display_name": f"App {place}",
                "traffic_index": index,
            }
            for place, row in enumerate(rows)
            for cluster, index in enumerate(row, 1)
        ]
    )


def test_applications_are_marks_about_a_hundred() -> None:
    figure = plots.cluster_applications(indices([[90.0, 130.0], [110.0, 60.0]]))
    (axes,) = figure.axes
    line, low, high = axes.lines
    assert list(line.get_xdata()) == [100, 100]
    assert list(low.get_xdata()) == [90, 110]
    assert list(high.get_xdata()) == [130, 60]
    assert list(map(round, high.get_ydata())) == [0, 1]
    assert low.get_marker() != high.get_marker()
    assert texts(axes) == ["90", "110", "130", "60"]
    assert ticks(axes.yaxis, figure) == ["App 0", "App 1"]
    assert axes.get_xscale() == "linear"
    assert (
        axes.get_xlabel() == "Index of the share of traffic (100 = as with all users)"
    )
    assert keys(figure.legends[0]) == ["level_1", "level_2"]
    assert figure.get_suptitle() == (
        "App 1 sets the cluster level_2 apart: index 60 (100 = like all)"
    )


def test_small_differences_look_small() -> None:
    figure = plots.cluster_applications(indices([[99.0, 104.0], [101.0, 98.5]]))
    left, right = figure.axes[0].get_xlim()
    assert (left, right) == (90, 110)
    assert figure.get_suptitle() == (
        "All clusters use the applications alike: every index is between 98.5 and 104"
    )


@pytest.mark.parametrize(
    ("least", "scale"), [(60.0, "linear"), (2.0, "log"), (0.0, "symlog")]
)
def test_large_differences_need_a_log_axis(least: float, scale: str) -> None:
    figure = plots.cluster_applications(indices([[least, 180.0]]))
    assert figure.axes[0].get_xscale() == scale
    left, right = figure.axes[0].get_xlim()
    assert left < least < 180 < right


def test_applications_that_nobody_uses_are_said() -> None:
    figure = plots.cluster_applications(indices([[80.0, 120.0], [None, None]]))
    assert ticks(figure.axes[0].yaxis, figure) == ["App 0", "App 1 (not used)"]
    figure = plots.cluster_applications(indices([[None, None]]))
    assert figure.get_suptitle() == "No application has traffic"
    figure = plots.cluster_applications(indices([[100.0]]))
    assert figure.get_suptitle().startswith("One cluster makes all the traffic")


VERDICT = "3 of 5 criteria suggest k = 2, but one is enough by the gap statistic."


def choice(count: int, suggested: dict[int, str], used: int = 3) -> dict:
    return columns(
        [
            {
                "k": k,
                "inertia": 1000 / k,
                "silhouette": 1 / k if k > 1 else None,
                "calinski_harabasz": 10.0 * k if k > 1 else None,
                "davies_bouldin": 0.1 * k if k > 1 else math.nan,
                "gap": -0.5 * k if k < 4 else None,
                "gap_deviation": 0.1 if k < 4 else None,
                "suggested_by": suggested.get(k, ""),
                "verdict": VERDICT,
                "cluster_count": used,
            }
            for k in range(1, count + 1)
        ]
    )


def test_every_criterion_has_a_panel_with_its_suggestion_marked() -> None:
    suggested = {
        1: "gap",
        2: "silhouette, calinski_harabasz, davies_bouldin",
        3: "elbow",
    }
    figure = plots.cluster_choice(choice(10, suggested))
    assert figure.get_suptitle() == VERDICT.removesuffix(".")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Inertia (elbow): k = 3",
        "Silhouette: k = 2",
        "Calinski-Harabasz: k = 2",
        "Davies-Bouldin: k = 2",
        "Gap: k = 1",
        "Criteria that suggest k",
    ]
    inertia, silhouette, _, bouldin, gap, votes = figure.axes
    for axes, ks, scores, at in (
        (inertia, range(1, 11), [1000 / k for k in range(1, 11)], 3),
        (silhouette, range(2, 11), [1 / k for k in range(2, 11)], 2),
        (bouldin, range(2, 11), [0.1 * k for k in range(2, 11)], 2),
        (gap, (1, 2, 3), [-0.5, -1, -1.5], 1),
    ):
        curve = axes.lines[0]
        (mark,) = [line for line in axes.lines if line.get_marker() == "D"]
        assert list(curve.get_xdata()) == list(ks)
        assert list(curve.get_ydata()) == scores
        assert list(mark.get_xdata()) == [at]
        assert list(mark.get_ydata()) == [scores[list(ks).index(at)]]
        used = axes.lines[-1]
        assert (list(used.get_xdata()), used.get_linestyle()) == ([3, 3], "--")
    assert [bar.get_height() for bar in votes.containers[0]] == [1, 3, 1] + 7 * [0]
    assert keys(figure.legends[0]) == ["suggested by the criterion", "in use: k = 3"]


def test_criteria_may_be_undefined() -> None:
    figure = plots.cluster_choice(choice(1, {}, used=1))
    titles = [axes.get_title(loc="left") for axes in figure.axes[:5]]
    assert all(title.endswith(": none") for title in titles)
    undefined = [texts(axes) == ["undefined"] for axes in figure.axes]
    assert undefined == [False, True, True, True, False, False]


def moves(
    rows: list[tuple], names: tuple[str, ...] = ("low", "medium", "high")
) -> dict:
    return columns(
        [
            {
                "movement": movement,
                "from_cluster_id": start,
                "from_cluster_name": start and names[start - 1],
                "to_cluster_id": end,
                "to_cluster_name": end and names[end - 1],
                "user_count": count,
                "user_total": 1000,
            }
            for movement, start, end, count in rows
        ]
    )


def test_moves_are_bars_and_a_table() -> None:
    rows = [
        ("up", 1, 2, 40), ("up", 1, 3, 2), ("down", 3, 2, 7),
        ("new", None, 1, 30), ("gone", 2, None, 5),
    ]  # fmt: skip
    figure = plots.cluster_migration(moves(rows))
    total, table = figure.axes
    assert figure.get_suptitle() == (
        "42 of 1,000 users moved up, 7 down; 30 are new, 5 gone"
    )
    assert widths(total.containers[0]) == [42, 7, 30, 5]
    assert len({bar.get_hatch() for bar in total.containers[0]}) == 4
    assert texts(total) == ["up", "42", "down", "7", "new", "30", "gone", "5"]
    assert ticks(table.yaxis, figure) == ["high", "medium", "low", "new"]
    assert ticks(table.xaxis, figure) == ["low", "medium", "high", "gone"]
    moved = {(2, 1): 40, (2, 2): 2, (0, 1): 7, (3, 0): 30, (1, 3): 5}
    assert colours(table) == moved
    stayed = dict.fromkeys([(2, 0), (1, 1), (0, 2)], "stayed")
    assert cells(table) == {at: str(count) for at, count in moved.items()} | stayed


def test_only_new_users_are_one_row() -> None:
    figure = plots.cluster_migration(moves([("new", None, 2, 1_250_000)]))
    assert figure.get_suptitle() == "0 of 1,000 users moved up, 0 down; 1.25M are new"
    assert colours(figure.axes[1]) == {(1, 0): 1_250_000}


def test_hostile_names_fit_and_are_no_formulas(tmp_path) -> None:
    ends = [None, *range(1, len(HOSTILE) + 1)]
    pairs = [(i, j) for i in ends for j in ends if i != j]
    shown = locations([(name, 1, 1, 1e9) for name in HOSTILE], len(HOSTILE))
    frames = {
        plots.cluster_migration: moves(
            [("up", i, j, 999_999) for i, j in pairs], HOSTILE
        ),
        plots.cluster_applications: indices(
            [[100.0 * i for i in range(1, len(HOSTILE) + 1)]], HOSTILE
        ),
        plots.hourly_traffic: hourly(3, HOSTILE),
        plots.location_traffic: shown,
    }
    for draw, frame in frames.items():
        figure = draw(frame)
        save_png(figure, tmp_path / "names.png")  # a warning would fail the test
        whole = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert whole.x0 >= 0, draw
        assert whole.y0 >= 0, draw
        assert whole.x1 <= width, draw
        assert whole.y1 <= height, draw
        shown = [text for axes in figure.axes for text in axes.texts]
        shown += [text for axes in figure.axes for text in axes.get_xticklabels()]
        shown += [text for axes in figure.axes for text in axes.get_yticklabels()]
        shown += [text for legend in figure.legends for text in legend.get_texts()]
        read = [text._preprocess_math(text.get_text()) for text in shown]
        assert [formula for _, formula in read if formula] == []


COLUMNS = {
    "engagement_concentration": dict.fromkeys(["metric"], ()),
    "engagement_depth": dict.fromkeys(["recency_quintile"], ()),
    "daily_engagement": dict.fromkeys(["session_date", "active_users"], ()),
    "weekly_retention": dict.fromkeys(["cohort_week", "last_date"], ()),
    "hourly_traffic": dict.fromkeys(["step_at", "cluster_id"], ()),
    "location_traffic": dict.fromkeys(["location"], ()),
    "cluster_applications": dict.fromkeys(["cluster_id", "application"], ()),
    "cluster_choice": dict.fromkeys(["k", "verdict"], ()),
    "cluster_migration": dict.fromkeys(["movement"], ()),
    "top_applications": traffic([]),
    "application_traffic": traffic([]),
    "top_users": dict.fromkeys(["metric", "user_rank", "user_id", "value"], ()),
    "top_users_per_application": dict.fromkeys(["application", "total_bytes"], ()),
    "elbow_curve": elbow(None, 0),
    "clusters": dict.fromkeys(["cluster_id", "user_count"], ()),
    "cluster_summary": dict.fromkeys(["cluster_id", "metric"], ()),
}


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_no_rows_are_said(piece) -> None:
    figure = piece.draw(COLUMNS[piece.name])
    assert figure.axes == []
    assert figure.texts[-1].get_text().startswith(("There is no", "No "))
