"""Figures of the number of clusters show what the frames hold."""

from __future__ import annotations

import math

import pytest
from looking import columns, keys, texts, titles

from engagement.report.figures import criteria
from engagement.report.formats import format_count


def elbow(at: int | None, count: int = 10) -> dict:
    ks = list(range(1, count + 1))
    return {
        "k": ks,
        "inertia": [1000 / k for k in ks],
        "is_elbow": [k == at for k in ks],
    }


@pytest.mark.parametrize("at", [2, 3, 9])
def test_the_elbow_is_marked_at_its_k(at: int) -> None:
    figure = criteria.elbow_curve(elbow(at))
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
    figure = criteria.elbow_curve(elbow(None, count))
    (axes,) = figure.axes
    assert figure.get_suptitle().startswith("No elbow")
    assert axes.get_title(loc="right") == "No elbow was found"
    assert [len(line.get_xdata()) for line in axes.lines] == [count]


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
    figure = criteria.cluster_choice(choice(10, suggested))
    assert figure.get_suptitle() == VERDICT.removesuffix(".")
    assert titles(figure) == [
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
    figure = criteria.cluster_choice(choice(1, {}, used=1))
    assert all(title.endswith(": none") for title in titles(figure)[:5])
    undefined = [texts(axes) == ["undefined"] for axes in figure.axes]
    assert undefined == [False, True, True, True, False, False]
