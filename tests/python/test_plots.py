"""What the figures show is what the frames hold."""

from __future__ import annotations

import math

import pytest

from engagement import plots
from engagement.charts import log_ticks
from engagement.formats import format_count, format_share
from engagement.report import PIECES, save

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
    save(figure, tmp_path / "names.png")  # a warning would fail the test
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
        assert figure.get_suptitle() == (
            f"{different} different users lead the {count} applications by traffic"
        )


COLUMNS = {
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
