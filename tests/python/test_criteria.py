"""The choice of k is honest: blobs are counted, and noise has no clusters."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import Project
from sklearn import metrics
from sklearn.cluster import KMeans
from test_clustering import (
    DEGENERATE,
    METRICS,
    cluster_centroids,
    in_duckdb,
    in_order,
    skewed_users,
    three_blobs,
)

from engagement.fit import criteria
from engagement.fit.criteria import CRITERIA
from engagement.fit.kmeans import SEED, fit_clusters
from engagement.fit.metrics import metric_values
from engagement.fit.scaling import SCALERS, scale
from engagement.fit.tables import CURVE, elbow_curve

SCORES = ("silhouette", "calinski_harabasz", "davies_bouldin", "gap", "gap_deviation")
NO_STRUCTURE = (
    "There is no cluster structure: one cluster is enough by the gap statistic,"
    " and by silhouette none stand apart."
)
UNITS = np.array([1, 60_000, 1e6])  # sessions, milliseconds, bytes


def cube(count: int, seed: int) -> np.ndarray:
    """Make users without any structure."""
    return np.random.default_rng(seed).uniform(1, 1_000, (count, 3)) * UNITS


def scattered(k: int) -> np.ndarray:
    """Make blobs of different sizes at corners of a cube and in its middle."""
    rng = np.random.default_rng(k)
    corners = [[0, 0, 0], [9, 9, 0], [0, 9, 9], [9, 0, 9], [5, 5, 5]]
    blobs = [
        rng.normal(100 * np.array(corner) + 100, 40, (800 - 100 * i, 3))
        for i, corner in enumerate(corners[:k])
    ]
    return np.concatenate(blobs) * UNITS


def diagonal(k: int) -> np.ndarray:
    """Make blobs like those of real users: more sessions mean more of everything."""
    rng = np.random.default_rng(k)
    blobs = [rng.normal(300 + 500 * i, 40, (1200 // (i + 1), 3)) for i in range(k)]
    return np.concatenate(blobs) * UNITS


def suggested(curve: pd.DataFrame) -> dict[str, int]:
    return {
        name: k
        for k, names in zip(curve["k"], curve["suggested_by"], strict=True)
        for name in names.split(", ")
        if name
    }


@pytest.fixture(scope="module")
def card(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[np.ndarray, str], dict[str, object]]:
    """Run the mart cluster_model on fits of users."""
    folder = tmp_path_factory.mktemp("card")
    project = Project(folder / "output", folder / "target")
    project.output.mkdir()
    names = ("int_cluster_verdict", "cluster_model")
    result = project.dbt("compile", "--select", *names)
    assert not result.failed, result.text
    verdict, card = (
        next((project.target / "compiled").rglob(f"{name}.sql")).read_text("utf-8")
        for name in names
    )

    def of(values: np.ndarray, scaler: str = "standard") -> dict[str, object]:
        values = in_order(values)
        curve = elbow_curve(values, scaler)
        fit = cluster_centroids(values, 3, scaler, pd.Timestamp(2024, 2, 29))
        with duckdb.connect() as db:
            db.execute("attach ':memory:' as warehouse; create schema warehouse.marts")
            for name, frame in (("elbow_curve", curve), ("cluster_centroids", fit)):
                db.register("frame", frame)
                db.execute(f"create table warehouse.marts.{name} as from frame")
            db.execute("create schema warehouse.intermediate")
            view = "warehouse.intermediate.int_cluster_verdict"
            db.execute(f"create view {view} as {verdict}")
            rows = db.sql(card)
            found = [dict(zip(rows.columns, r, strict=True)) for r in rows.fetchall()]
        return found[0] if found else {}

    return of


# The verdict


@pytest.mark.parametrize("make", [scattered, diagonal])
@pytest.mark.parametrize("k", [3, 4, 5])
def test_the_majority_counts_the_blobs(card: Callable, make: Callable, k: int) -> None:
    model = card(make(k))

    assert model["majority_k"] == k
    assert model["vote_count"] >= 3
    assert model["gap_k"] == k
    assert model["verdict"] == f"{model['vote_count']} of 5 criteria suggest k = {k}."


@pytest.mark.parametrize("count", [1_000, 3_000, 6_000])
@pytest.mark.parametrize("seed", [1, 2])
def test_uniform_noise_has_no_structure(card: Callable, count: int, seed: int) -> None:
    model = card(cube(count, seed))

    assert model["verdict"] == NO_STRUCTURE
    assert model["majority_k"] is None
    assert model["vote_count"] is None
    assert model["silhouette_k"] > 1


def test_metrics_that_go_together_are_no_structure(card: Callable) -> None:
    """With a box along the metrics, not the principal axes, they would be clusters."""
    rng = np.random.default_rng(3)
    together = rng.normal(500, 80, (4_000, 1)) + rng.normal(0, 40, (4_000, 3))

    assert card(together * UNITS)["verdict"] == NO_STRUCTURE


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_heavy_tails_never_get_all_criteria_to_agree(card: Callable, seed: int) -> None:
    """Splitting off the heavy users looks good to criteria that cannot say 1."""
    model = card(skewed_users(20_000, seed))

    assert model["gap_k"] == 1
    assert model["vote_count"] <= 3
    assert re.fullmatch(
        r"The criteria disagree on k: elbow \d, .*, gap 1\."
        r"|3 of 5 criteria suggest k = 2, but one is enough by the gap statistic\.",
        model["verdict"],
    )


@pytest.mark.parametrize("case", DEGENERATE)
def test_few_users_get_a_verdict_too(card: Callable, case: str) -> None:
    model = card(DEGENERATE[case])

    if case == "nobody":
        assert model == {}
    else:
        assert model["user_count"] == len(DEGENERATE[case])
        assert model["verdict"].endswith(".")
        share = model["explained_variance"]
        assert share is None if model["cluster_count"] == 1 else 0 <= share <= 1


def test_a_card_is_of_the_fit(card: Callable) -> None:
    model = card(three_blobs())

    curve = elbow_curve(three_blobs())
    one, three = curve["inertia"][[0, 2]]
    assert model["fitted_at"] == pd.Timestamp(2024, 2, 29)
    assert (model["user_count"], model["cluster_count"]) == (1_000, 3)
    assert (model["seed"], model["scaler"]) == (SEED, "standard")
    assert model["inertia"] == three
    assert model["explained_variance"] == pytest.approx(1 - three / one)


# The scores


def test_scores_are_those_of_scikit_learn() -> None:
    values = skewed_users(1_500)
    points = scale(values).points
    curve = elbow_curve(values)

    for k in (2, 5):
        fit = fit_clusters(points, k).centroids
        labels = ((points[:, None] - fit) ** 2).sum(axis=2).argmin(axis=1)
        for name, score in (
            ("silhouette", metrics.silhouette_score),
            ("calinski_harabasz", metrics.calinski_harabasz_score),
            ("davies_bouldin", metrics.davies_bouldin_score),
        ):
            assert curve[name][k - 1] == pytest.approx(score(points, labels)), name
    assert curve.loc[0, list(SCORES[:3])].isna().all()


def test_the_gap_is_that_of_the_paper() -> None:
    """With few users, each sample holds all of them, and the formula is exact."""
    points = scale(skewed_users(400)).points.astype(float)

    gap, deviation = criteria.gap_statistic(points, 4, SEED)

    rng = np.random.default_rng(SEED)
    references = [
        criteria.spread_evenly(points, rng) for _ in range(criteria.GAP_REFERENCES)
    ]
    for k in range(1, 5):
        logs = [
            np.log(KMeans(k, n_init=1, random_state=SEED).fit(rows).inertia_)
            for rows in (points, *references)
        ]
        spread = np.std(logs[1:]) * np.sqrt(1 + 1 / criteria.GAP_REFERENCES)
        assert gap[k - 1] == pytest.approx(np.mean(logs[1:]) - logs[0])
        assert deviation[k - 1] == pytest.approx(spread)


def test_references_fill_the_space_of_the_users() -> None:
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    box = rng.uniform(0, 1, (5_000, 3)) * [10, 3, 1]

    reference = criteria.spread_evenly(box @ turn, rng)

    assert reference.shape == box.shape
    np.testing.assert_allclose(np.ptp(reference, axis=0), [10, 3, 1], rtol=0.1)
    np.testing.assert_allclose(reference.std(axis=0), box.std(axis=0), rtol=0.1)


def test_a_suggestion_is_the_best_score_and_the_smaller_k_of_equals() -> None:
    scores = {
        "silhouette": [np.nan, 0.7, 0.7, 0.1],
        "calinski_harabasz": [np.nan, 1, 3, 2],
        "davies_bouldin": [np.nan, 2, 1, 0.5],
        "gap": [0.1, 0.5, 0.7, 0.72],
        "gap_deviation": [0.1, 0.1, 0.1, 0.1],
    }
    arrays = {name: np.array(values) for name, values in scores.items()}

    assert criteria.suggest(arrays) == {
        "silhouette": 2,
        "calinski_harabasz": 3,
        "davies_bouldin": 4,
        "gap": 3,
    }
    arrays["gap"] = np.arange(4.0)
    assert "gap" not in criteria.suggest(arrays)
    assert criteria.suggest({name: np.full(3, np.nan) for name in SCORES}) == {}


def test_suggestions_are_listed_in_one_order() -> None:
    suggestions = {name: 3 for name in reversed(CRITERIA)} | {"gap": 2, "elbow": None}

    assert criteria.suggested_by(2, suggestions) == "gap"
    assert criteria.suggested_by(3, suggestions) == (
        "silhouette, calinski_harabasz, davies_bouldin"
    )
    assert criteria.suggested_by(4, suggestions) == ""


def test_each_criterion_suggests_one_k_of_three_blobs() -> None:
    curve = elbow_curve(three_blobs())

    assert suggested(curve) == dict.fromkeys(CRITERIA, 3)
    assert tuple(curve.columns) == CURVE
    assert (curve["suggested_by"] != "").sum() == 1


# Samples


@pytest.fixture
def small_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPERSION_SAMPLE", "SILHOUETTE_SAMPLE", "GAP_SAMPLE"):
        monkeypatch.setattr(criteria, name, 300)


@pytest.mark.usefixtures("small_samples")
def test_the_order_of_users_changes_no_score() -> None:
    users = skewed_users(3_000)
    order = np.random.default_rng(3).permutation(len(users))

    curves = [
        elbow_curve(metric_values(in_duckdb(values), METRICS))
        for values in (users, users[order])
    ]

    pd.testing.assert_frame_equal(*curves, check_exact=True)


@pytest.mark.usefixtures("small_samples")
def test_threads_change_no_score() -> None:
    points = scale(skewed_users(3_000)).points
    fits = [fit_clusters(points, k).centroids for k in range(1, 5)]

    with ThreadPoolExecutor(2) as pool:
        pooled = criteria.score(points, fits, SEED, pool.map)

    for name, scores in criteria.score(points, fits, SEED).items():
        np.testing.assert_array_equal(scores, pooled[name], name)


def test_a_sample_has_each_user_once_and_keeps_their_order() -> None:
    points = np.arange(5_000, dtype=np.float32)[:, None]

    drawn = [
        criteria.draw(points, 1_000, np.random.default_rng(SEED))[:, 0]
        for _ in range(2)
    ]

    np.testing.assert_array_equal(*drawn)
    assert len(drawn[0]) == 1_000
    assert (np.diff(drawn[0]) > 0).all()
    assert drawn[0].mean() == pytest.approx(2_500, rel=0.05)


@pytest.mark.usefixtures("small_samples")
def test_clusters_that_a_sample_misses_are_no_harm() -> None:
    heavy = np.array([[50_000, 1e12, 1e15]])
    values = in_order(np.concatenate([skewed_users(5_000), heavy]))

    curve = elbow_curve(values)

    # one cluster is the heavy user's: the sample is all in the other
    assert curve.loc[1, list(SCORES[:3])].isna().all()
    assert curve.loc[2:, list(SCORES)].notna().all(axis=None)


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("case", DEGENERATE)
def test_scores_are_numbers_or_missing(case: str, scaler: str) -> None:
    curve = elbow_curve(DEGENERATE[case], scaler)

    assert tuple(curve.columns) == CURVE
    assert not np.isinf(curve[list(SCORES)].to_numpy(float)).any()
    assert set(suggested(curve)) <= set(CRITERIA)
    assert all(1 <= k <= len(curve) for k in suggested(curve).values())
