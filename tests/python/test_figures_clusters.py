"""Figures of clusters show what the frames hold."""

from __future__ import annotations

import pytest
from looking import (
    FOUR_METRICS,
    HOSTILE,
    METRICS,
    assert_it_fits,
    cells,
    colours,
    columns,
    texts,
    ticks,
    titles,
    widths,
)

from engagement.report.figures import clusters
from engagement.report.formats import format_share

HOUR = 3_600_000


def bins(rows: list[tuple], x: str = "session_count", y: str = "total_bytes") -> dict:
    names = ["cluster_id", "cluster_name", "user_count", "x_value", "y_value"]
    frame = dict(zip(names, zip(*rows, strict=True), strict=True))
    for axis, metric in (("x", x), ("y", y)):
        label, unit = METRICS[metric]
        for name, text in (("metric", metric), ("label", label), ("unit", unit)):
            frame[f"{axis}_{name}"] = [text] * len(rows)
    return frame


def test_clusters_are_markers_sized_by_users() -> None:
    rows = [
        (1, "low", 4000, 1, 1e7),
        (1, "low", 8000, 2, 2e7),
        (2, "high", 3, 50, 1e11),
        (2, "high", 1, 90, 2e11),
    ]
    figure = clusters.clusters(bins(rows))
    (axes,) = figure.axes
    low, high = axes.collections[:2]
    assert low.get_offsets().tolist() == [[2, 2e7], [1, 1e7]]
    assert high.get_offsets().tolist() == [[50, 1e11], [90, 2e11]]
    assert low.get_sizes()[0] == 2 * low.get_sizes()[1]
    assert 0 < high.get_sizes()[0] < low.get_sizes()[1]
    assert low.get_paths()[0].vertices.shape != high.get_paths()[0].vertices.shape
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == "Sessions (count) per user"
    assert axes.get_ylabel() == "Traffic (bytes, DL + UL) per user"
    assert [low.get_label(), high.get_label()] == [
        "low: 12,000 (>99.9%)",
        "high: 4 (<0.1%)",
    ]
    assert figure.get_suptitle() == (
        "The most engaged cluster, high: 4 of 12,004 users, on average 60 sessions, "
        "125\N{NO-BREAK SPACE}GB"
    )


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        ([(1, "all", 1, 1, 5e9)], "One cluster: 1 user, 1 session, 5 GB"),
        (
            [(1, "all", 2, 1, 5e9)],
            "One cluster: 2 users, on average 1 session, 5 GB",
        ),
        (
            [(1, "low", 1, 1, 0.0), (2, "high", 1, 2, 0.0)],
            "The most engaged cluster, high: 1 of 2 users, 2 sessions, 0 B",
        ),
    ],
)
def test_few_users_of_a_cluster_are_counted_right(rows: list, title: str) -> None:
    shown = clusters.clusters(bins(rows)).get_suptitle()
    assert shown.replace("\N{NO-BREAK SPACE}", " ") == title


def test_users_without_traffic_have_a_place_on_the_log_axis() -> None:
    figure = clusters.clusters(bins([(1, "low", 5, 1, 0.0), (2, "high", 1, 9, 1e9)]))
    (axes,) = figure.axes
    assert axes.get_yscale() == "symlog"
    assert ticks(axes.yaxis, figure)[0] == "0"
    zero, billion = axes.transAxes.inverted().transform(
        axes.transData.transform([(1, 0.0), (1, 1e9)])
    )[:, 1]
    assert 0 < zero < billion < 1


def test_without_traffic_users_are_drawn_by_duration() -> None:
    rows = [(1, "low", 3, 1, HOUR / 2), (2, "high", 1, 9, 20 * HOUR)]
    figure = clusters.clusters(bins(rows, y="duration_ms"))
    (axes,) = figure.axes
    assert axes.get_ylabel() == "Duration (hours) per user"
    assert axes.collections[1].get_offsets().tolist() == [[9, 20]]
    assert figure.get_suptitle() == (
        "The most engaged cluster, high: 1 of 4 users, 9 sessions, 20 h"
    )
    figure = clusters.clusters(bins(rows, x="duration_ms", y="total_bytes"))
    assert figure.axes[0].get_xlabel() == "Duration (hours) per user"


def test_ten_clusters_can_be_told_apart_without_colour() -> None:
    rows = [(i, f"level_{i}", i, 2**i, 10**i) for i in range(1, 11)]
    (axes,) = clusters.clusters(bins(rows)).axes
    shapes = [c.get_paths()[0].vertices.tobytes() for c in axes.collections[:10]]
    assert len(set(shapes)) == 10


def summary(
    count: int, least: int = 1, metrics: dict[str, tuple[str, str]] = METRICS
) -> dict:
    return columns(
        [
            {
                "cluster_id": i,
                "cluster_name": f"level_{i}",
                "user_count": 10,
                "metric": metric,
                "label": label,
                "unit": unit,
                "min_value": least * 2**i,
                "mean_value": 2.0 * 2**i,
                "max_value": 4 * 2**i,
                "total_value": 20 * 2**i,
            }
            for i in range(1, count + 1)
            for metric, (label, unit) in metrics.items()
        ]
    )


@pytest.mark.parametrize("count", [2, 3, 10])
def test_the_summary_divides_users_and_totals(count: int) -> None:
    figure = clusters.cluster_summary(summary(count))
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


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_the_summary_has_a_panel_for_every_metric(count: int, tmp_path) -> None:
    metrics = {
        name: FOUR_METRICS.get(name, (f"metric {i}", "count"))
        for i, name in enumerate(["active_days", *METRICS, "fifth"][:count])
    }
    figure = clusters.cluster_summary(summary(3, metrics=metrics))
    labels = [label for label, _ in metrics.values()]
    capitals = [label[0].upper() + label[1:] for label in labels]
    assert titles(figure) == [
        "Who makes up the total",
        *(f"{label} per user" for label in capitals),
    ]
    divided = figure.axes[0]
    assert ticks(divided.yaxis, figure) == ["Users", *capitals]
    assert figure.axes[1].get_xlabel() == "Active days (count) per user"
    main = "traffic" if "traffic" in labels else labels[0]
    assert figure.get_suptitle().endswith(f"of users and 57.1% of {main}")
    assert_it_fits(figure, tmp_path)


def test_the_summary_shows_ranges_in_units() -> None:
    frame = summary(2)
    figure = clusters.cluster_summary(frame)
    for axes, axis, texts_of_low in (
        (figure.axes[1], "Sessions (count) per user", ["8", "2", "mean 4"]),
        (figure.axes[2], "Duration (hours) per user", None),
        (figure.axes[3], "Traffic (bytes, DL + UL) per user", ["8 B", "2 B"]),
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
    figure = clusters.cluster_summary(frame)
    assert ticks(figure.axes[1].xaxis, figure)[:3] == ["1", "2", "5"]


def test_the_summary_shows_clusters_without_traffic() -> None:
    figure = clusters.cluster_summary(summary(2, least=0))
    assert [axes.get_xscale() for axes in figure.axes[1:]] == ["symlog"] * 3
    assert ticks(figure.axes[3].xaxis, figure)[0] == "0"


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
    figure = clusters.cluster_migration(moves(rows))
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
    figure = clusters.cluster_migration(moves([("new", None, 2, 1_250_000)]))
    assert figure.get_suptitle() == "0 of 1,000 users moved up, 0 down; 1.25M are new"
    assert colours(figure.axes[1]) == {(1, 0): 1_250_000}


def test_hostile_names_of_clusters_fit_and_are_no_formulas(tmp_path) -> None:
    ends = [None, *range(1, len(HOSTILE) + 1)]
    pairs = [(i, j) for i in ends for j in ends if i != j]
    rows = [("up", i, j, 999_999) for i, j in pairs]
    assert_it_fits(clusters.cluster_migration(moves(rows, HOSTILE)), tmp_path)
