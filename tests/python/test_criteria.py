"""The choice of k is honest: blobs are counted, and noise has no clusters."""

from __future__ import annotations

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
from threadpoolctl import threadpool_limits

from engagement.fit import criteria
from engagement.fit.criteria import CRITERIA
from engagement.fit.kmeans import SEED, fit_clusters
from engagement.fit.metrics import metric_values
from engagement.fit.scaling import SCALERS, scale
from engagement.fit.tables import CURVE, elbow_curve

SCORES = ("silhouette", "calinski_harabasz", "davies_bouldin", "gap", "gap_deviation")
NO_STRUCTURE = (
    "The criteria show no cluster structure: one cluster is enough by the gap"
    " statistic, and no silhouette is above 0.5."
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


def together(count: int) -> np.ndarray:
    """Make users without any structure whose metrics go together."""
    rng = np.random.default_rng(3)
    return (rng.normal(500, 80, (count, 1)) + rng.normal(0, 40, (count, 3))) * UNITS


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
            db.execute(
                "create table warehouse.marts.user_clusters as select cluster_id"
                " from warehouse.marts.cluster_centroids, unnest(range(user_count))"
            )
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
    assert card(together(4_000))["verdict"] == NO_STRUCTURE


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_heavy_tails_never_get_all_criteria_to_agree(card: Callable, seed: int) -> None:
    """Splitting off the heavy users looks good to most, the gap is undecided."""
    model = card(skewed_users(20_000, seed))

    assert model["gap_k"] in (1, 2, 3)
    assert model["vote_count"] in (3, 4)
    said = f"{model['vote_count']} of 5 criteria suggest k = 2"
    objection = ", but one is enough by the gap statistic" * (model["gap_k"] == 1)
    assert model["verdict"] == f"{said}{objection}."


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


def published_gap(
    points: np.ndarray, largest_k: int, seed: int, references: int
) -> tuple[np.ndarray, np.ndarray]:
    """Tibshirani, Walther and Hastie (2001), section 4 with (b), on all users.

    Written from the paper, with references turned back to the users' coordinates.
    """
    rng = np.random.default_rng(seed)
    users = points - points.mean(axis=0)
    turn = np.linalg.svd(users, full_matrices=False)[2].T
    turned = users @ turn
    logs = []
    for i in range(references + 1):
        rows = users
        if i:
            even = rng.uniform(turned.min(axis=0), turned.max(axis=0), users.shape)
            rows = even @ turn.T
        with threadpool_limits(limits=1):
            fits = [
                KMeans(k, n_init=10, random_state=seed).fit(rows)
                for k in range(1, largest_k + 1)
            ]
        logs.append(np.log([fit.inertia_ for fit in fits]))
    spread = np.std(logs[1:], axis=0) * np.sqrt(1 + 1 / references)
    return np.mean(logs[1:], axis=0) - logs[0], spread


def chosen(gap: np.ndarray, deviation: np.ndarray) -> int:
    return next(
        k
        for k in range(1, len(gap))
        if gap[k - 1] >= gap[k] - deviation[k]  # gap[k] is that of k + 1
    )


@pytest.mark.parametrize(
    ("values", "k"),
    [
        (together(600), 1),
        (cube(600, 1), 1),
        (diagonal(2)[::3], 2),
        (scattered(3)[::4], 3),
        (scattered(5)[::4], 5),
    ],
    ids=["correlated", "uniform", "2", "3", "5"],
)
def test_the_gap_of_few_users_is_the_published_one(values: np.ndarray, k: int) -> None:
    points = scale(values).points
    fits = [fit_clusters(points, k) for k in range(1, 8)]

    gap, deviation = criteria.gap_statistic(points, [f.inertia for f in fits], SEED)

    expected, spread = published_gap(points.astype(float), 7, 5, 20)
    # two sets of references: their means differ, and their spreads
    error = spread * np.sqrt(1 / criteria.GAP_REFERENCES + 1 / 20)
    np.testing.assert_array_less(np.abs(gap - expected), 5 * error)
    np.testing.assert_allclose(deviation, spread, rtol=0.7)
    assert chosen(gap, deviation) == chosen(expected, spread) == k


def test_the_deviation_of_few_users_is_that_of_the_paper() -> None:
    points = scale(skewed_users(400)).points

    _, deviation = criteria.gap_statistic(points, [3.0, 2.0, 1.0], SEED)

    references = np.random.default_rng(SEED).uniform(
        *criteria.box(points), (criteria.GAP_REFERENCES, 400, 3)
    )
    logs = [criteria.log_inertias(rows, 3, SEED) for rows in references]
    expected = np.std(logs, axis=0) * np.sqrt(1 + 1 / criteria.GAP_REFERENCES)
    np.testing.assert_allclose(deviation, expected)


@pytest.mark.parametrize(
    ("values", "k"),
    [
        (together(6_000), 1),
        (cube(6_000, 1), 1),
        (np.tile(diagonal(2), (4, 1)), 2),
        (np.tile(scattered(3), (4, 1)), 3),
        (np.tile(scattered(5), (2, 1)), 5),
    ],
    ids=["correlated", "uniform", "2", "3", "5"],
)
def test_the_gap_of_many_users_is_that_of_the_procedure_on_all(
    monkeypatch: pytest.MonkeyPatch, values: np.ndarray, k: int
) -> None:
    """References smaller than the users are many stand for references of all."""
    points = scale(values).points
    inertias = [fit_clusters(points, k).inertia for k in range(1, 8)]

    monkeypatch.setattr(criteria, "GAP_SAMPLE", 1_000)
    gap, deviation = criteria.gap_statistic(points, inertias, SEED)
    monkeypatch.setattr(criteria, "GAP_SAMPLE", len(points))
    all_gap, all_deviation = criteria.gap_statistic(points, inertias, SEED + 1)

    np.testing.assert_array_less(np.abs(gap - all_gap), 4 * deviation)
    assert deviation.mean() < 3 * all_deviation.mean()
    assert chosen(gap, deviation) == chosen(all_gap, all_deviation) == k


def test_references_fill_the_space_of_the_users() -> None:
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    users = rng.uniform(0, 1, (5_000, 3)) * [10, 3, 1]

    low, high = criteria.box(users @ turn + 100)

    np.testing.assert_allclose(sorted(high - low), [1, 3, 10], rtol=0.1)
    np.testing.assert_allclose(low + high, 0, atol=0.5)


def scores_of(**scores: list[float]) -> dict[str, np.ndarray]:
    """Make scores of four k; those that are not given are undefined."""
    undefined = dict.fromkeys(SCORES, [np.nan] * 4)
    return {name: np.array(values) for name, values in (undefined | scores).items()}


def test_a_suggestion_is_the_best_score_and_the_smaller_k_of_equals() -> None:
    scores = scores_of(
        silhouette=[np.nan, 0.7, 0.7, 0.1],
        calinski_harabasz=[np.nan, 1, 3, 2],
        davies_bouldin=[np.nan, 2, 0.5, 1],
        gap=[0.1, 0.5, 0.7, 0.72],
        gap_deviation=[0.1, 0.1, 0.1, 0.1],
    )

    assert criteria.suggest(scores) == {
        "silhouette": 2,
        "calinski_harabasz": 3,
        "davies_bouldin": 3,
        "gap": 3,
    }
    assert criteria.suggest(scores_of()) == {}


@pytest.mark.parametrize(
    "scores",
    [
        {"silhouette": [np.nan, 0.5, 0.6, 0.7]},
        {"calinski_harabasz": [np.nan, 2, 1, 3]},
        {"davies_bouldin": [np.nan, 0.3, 0.2, 0.1]},
        {"gap": [0, 1, 2, 3], "gap_deviation": [0.1] * 4},
        {"silhouette": [np.nan, 0.5, 0.6, np.nan]},
        {"davies_bouldin": [np.nan, 0.5, np.nan, np.nan]},
    ],
    ids=lambda scores: "-".join(scores),
)
def test_a_criterion_that_is_best_at_its_end_suggests_none(scores: dict) -> None:
    """A larger k might be better still."""
    assert criteria.suggest(scores_of(**scores)) == {}


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("kinds", range(1, 11))
def test_kinds_of_users_are_not_clusters(kinds: int, scaler: str) -> None:
    """Each is perfectly alone, which says nothing of how many clusters there are."""
    values = np.repeat(cube(kinds, 4), range(3, 3 + kinds), axis=0)

    curve = elbow_curve(in_order(values), scaler)

    assert curve["k"].tolist() == list(range(1, kinds + 1))
    assert curve.iloc[-1][list(SCORES)].isna().all()
    assert curve.iloc[-2:]["suggested_by"].str.contains("_|silhouette").sum() == 0
    assert curve.iloc[-1]["suggested_by"] == ""


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
    fits = [fit_clusters(points, k) for k in range(1, 5)]

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
    assert curve["gap"].notna().all()


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("case", DEGENERATE)
def test_scores_are_numbers_or_missing(case: str, scaler: str) -> None:
    curve = elbow_curve(DEGENERATE[case], scaler)

    assert tuple(curve.columns) == CURVE
    assert not np.isinf(curve[list(SCORES)].to_numpy(float)).any()
    assert set(suggested(curve)) <= set(CRITERIA)
    assert all(1 <= k < len(curve) for k in suggested(curve).values())
