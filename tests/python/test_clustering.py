"""Clusters are right, the same in every build, and hold every user."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import numpy as np
import pandas as pd
import pytest
import sklearn
from kneed import KneeLocator
from sklearn.cluster import KMeans
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from threadpoolctl import threadpool_limits

from engagement.fit import kmeans
from engagement.fit.elbow import find_elbow
from engagement.fit.kmeans import SEED
from engagement.fit.metrics import metric_names, metric_values
from engagement.fit.scaling import SCALERS, scale
from engagement.fit.tables import CURVE, centroid_columns, elbow_curve, kept_fit
from engagement.fit.tables import cluster_centroids as centroids_of

METRICS = ("session_count", "duration_ms", "total_bytes")
CENTROIDS = centroid_columns(METRICS)
REFUSED = (
    r"^cluster_scaler must be one of standard, minmax, robust, log_standard, "
    r"not 'zscore'$"
)
SKLEARN = {
    "standard": StandardScaler(),
    "minmax": MinMaxScaler(),
    "robust": RobustScaler(),
    "log_standard": StandardScaler(),
}
# Inertia of the reference month, k = 1 to 10.
REFERENCE = (
    320568, 182907, 129719, 99620, 85182, 71575, 63134, 56313, 51197, 45451,
)  # fmt: skip
# Sessions, milliseconds, bytes of users who are hardly, fairly and very engaged.
CENTRES = np.array([[10, 1e6, 1e8], [100, 1e7, 1e9], [300, 3e7, 4e9]])
BLOB_SIZES = (600, 300, 100)
DEGENERATE = {
    "nobody": np.empty((0, 3)),
    "one_user": np.array([[1.0, 2.0, 3.0]]),
    "two_kinds_of_users": np.array([[1.0, 2.0, 3.0]] * 5 + [[4.0, 5.0, 6.0]] * 2),
    "all_the_same": np.array([[3.0, 86_400_123.0, 1e12 + 7]] * 50),
    "all_without_traffic": np.zeros((7, 3)),
    "only_traffic_differs": np.array([[1.0, 60_000.0, i * 1e6] for i in range(20)]),
}


def in_order(values: np.ndarray) -> np.ndarray:
    """Sort users as metric_values does."""
    return values[np.lexsort(values.T[::-1])]


def skewed_users(count: int, seed: int = 1) -> np.ndarray:
    """Make users of whom few are heavy, whose metrics go together."""
    rng = np.random.default_rng(seed)
    sessions = np.ceil(rng.lognormal(0, 1.1, count))
    duration = np.round(sessions * rng.lognormal(11, 1, count))
    traffic = np.round(sessions * rng.lognormal(19.5, 0.7, count))
    return in_order(np.column_stack([sessions, duration, traffic]))


def three_blobs() -> np.ndarray:
    rng = np.random.default_rng(5)
    spread = CENTRES[0] / 20
    return in_order(
        np.concatenate(
            [
                rng.normal(centre, spread, (size, 3))
                for centre, size in zip(CENTRES, BLOB_SIZES, strict=True)
            ]
        )
    )


def plain_inertia(points: np.ndarray, k: int, seed: int, starts: int = 10) -> float:
    """Fit as everybody does; one thread is the fastest where cores are shared."""
    with threadpool_limits(limits=1):
        return KMeans(k, n_init=starts, random_state=seed).fit(points).inertia_


def in_duckdb(values: np.ndarray) -> duckdb.DuckDBPyRelation:
    users = pd.DataFrame(values.astype(np.int64), columns=list(METRICS))
    return duckdb.connect().from_df(users)


def cluster_centroids(
    values: np.ndarray, k: int, *settings: object, **more: object
) -> pd.DataFrame:
    """Fit clusters of users who have the three metrics."""
    return centroids_of(values, METRICS, k, *settings, **more)


def nearest(values: np.ndarray, centroids: pd.DataFrame) -> np.ndarray:
    """Assign users to clusters from what the mart cluster_centroids holds."""
    if centroids["scaler"].eq("log_standard").all():
        values = np.log(1 + values)
    distances = np.zeros((len(values), len(centroids)))
    for i, metric in enumerate(METRICS):
        offset = centroids[f"{metric}_offset"].iloc[0]
        scaled = (values[:, i] - offset) / centroids[f"{metric}_scale"].iloc[0]
        gap = scaled[:, None] - centroids[f"{metric}_centroid"].to_numpy()
        distances += gap**2
    return centroids["cluster_id"].to_numpy()[distances.argmin(axis=1)]


# Scaling


@pytest.mark.parametrize("scaler", SCALERS)
def test_a_scaler_is_that_of_scikit_learn(scaler: str) -> None:
    values = skewed_users(500)
    expected = np.log(1 + values) if scaler == "log_standard" else values

    scaled = scale(values, scaler)

    np.testing.assert_allclose(
        scaled.points, SKLEARN[scaler].fit_transform(expected), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        scaled.points, (expected - scaled.offset) / scaled.scale, rtol=1e-5, atol=1e-6
    )


def test_scalers_are_these_formulas() -> None:
    column = np.array([1.0, 2.0, 3.0, 6.0, 98.0])
    values = np.column_stack([column, 2 * column, column + 5])
    logs = np.log(1 + column)
    formulas = {
        "standard": (22.0, np.sqrt(np.mean((column - 22) ** 2))),
        "minmax": (1.0, 97.0),
        "robust": (3.0, 4.0),  # quartiles 2 and 6
        "log_standard": (logs.mean(), logs.std()),
    }
    for scaler, (offset, width) in formulas.items():
        scaled = scale(values, scaler)
        assert scaled.offset[0] == pytest.approx(offset), scaler
        assert scaled.scale[0] == pytest.approx(width), scaler


@pytest.mark.parametrize("scaler", SCALERS)
def test_a_metric_is_scaled_whatever_the_others_are(scaler: str) -> None:
    values = skewed_users(200)
    other = values.copy()
    other[:, 1] *= np.linspace(1, 1000, len(values))

    before = scale(values, scaler).points
    after = scale(other, scaler).points

    np.testing.assert_array_equal(before[:, [0, 2]], after[:, [0, 2]])
    assert not np.array_equal(before[:, 1], after[:, 1])


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("value", [0, 86_400_123])
def test_a_metric_equal_for_all_has_no_part_in_the_fit(value: int, scaler: str) -> None:
    values = skewed_users(300)
    values[:, 1] = value
    others = values[:, [0, 2]]

    scaled = scale(values, scaler)
    found = centroids_of(values, METRICS, 3, scaler)
    expected = centroids_of(others, ["session_count", "total_bytes"], 3, scaler)

    assert scaled.varies.tolist() == [True, False, True]
    np.testing.assert_array_equal(scaled.points, scale(others, scaler).points)
    pd.testing.assert_frame_equal(
        elbow_curve(values, scaler), elbow_curve(others, scaler), check_exact=True
    )
    pd.testing.assert_frame_equal(found[expected.columns], expected, rtol=1e-12)
    assert found["duration_ms_varies"].tolist() == [False] * 3
    assert found["duration_ms_centroid"].tolist() == [0] * 3
    assert found["duration_ms_scale"].tolist() == [1] * 3


@pytest.mark.parametrize("scaler", SCALERS)
def test_users_who_are_all_equal_are_one_point(scaler: str) -> None:
    scaled = scale(np.array([[3.0, 86_400_123.0, 1e12 + 7]] * 50), scaler)

    assert not scaled.varies.any()
    np.testing.assert_array_equal(scaled.points, np.zeros((50, 1)))


def test_quartiles_that_are_equal_do_not_divide_by_zero() -> None:
    values = np.array([[1.0, 1.0, 1.0]] * 9 + [[5.0, 6.0, 7.0]])

    scaled = scale(values, "robust")

    np.testing.assert_array_equal(scaled.points[-1], [4, 5, 6])


def test_an_unknown_scaler_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=REFUSED):
        scale(np.ones((2, 3)), "zscore")


def test_without_users_there_is_nothing_to_scale() -> None:
    with pytest.raises(ValueError, match=r"^there are no users to scale$"):
        scale(np.empty((0, 3)))


# The same users, the same clusters


def test_metrics_come_in_one_order_and_in_their_columns() -> None:
    users = np.array([[2, 1, 9], [1, 7, 5], [2, 1, 8], [1, 6, 6]])

    values = metric_values(in_duckdb(users), METRICS)

    assert values.dtype == np.float64
    assert values.tolist() == [[1, 6, 6], [1, 7, 5], [2, 1, 8], [2, 1, 9]]


@pytest.mark.parametrize("sample_size", [50_000, 1_000], ids=["all", "coreset"])
def test_the_order_of_users_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, sample_size: int
) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE_SIZE", sample_size)
    users = skewed_users(4_000)
    order = np.random.default_rng(3).permutation(len(users))

    fits = [
        cluster_centroids(metric_values(in_duckdb(values), METRICS), 3)
        for values in (users, users[order])
    ]

    pd.testing.assert_frame_equal(*fits, check_exact=True)
    labels, shuffled = nearest(users, fits[0]), nearest(users[order], fits[1])
    np.testing.assert_array_equal(labels[order], shuffled)


@pytest.mark.parametrize("sample_size", [50_000, 3_000], ids=["all", "coreset"])
def test_the_same_users_give_the_same_fit_to_the_bit(
    monkeypatch: pytest.MonkeyPatch, sample_size: int
) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE_SIZE", sample_size)
    values = skewed_users(12_000)

    for fit in (
        lambda: cluster_centroids(values, 5),
        lambda: elbow_curve(values),
    ):
        pd.testing.assert_frame_equal(fit(), fit(), check_exact=True)


def test_the_number_of_threads_changes_nothing() -> None:
    points = scale(skewed_users(12_000)).points

    fits = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            fits.append(kmeans.fit_clusters(points, 5))

    np.testing.assert_array_equal(fits[0].centroids, fits[1].centroids)
    assert fits[0].inertia == fits[1].inertia


# The metrics are those that the mart lists


def test_metrics_are_named_in_the_order_of_their_ranks() -> None:
    listed = pd.DataFrame({"metric": ["c", "a", "b"], "metric_rank": [3, 1, 2]})

    assert metric_names(duckdb.connect().from_df(listed)) == ["a", "b", "c"]


def test_one_more_metric_is_four_more_columns() -> None:
    values = skewed_users(300)
    four = [*METRICS, "active_days"]
    users = in_order(np.column_stack([values, np.ceil(values[:, 0] / 2)]))

    frame = centroids_of(users, four, 3)

    assert tuple(frame.columns) == centroid_columns(four)
    days = frame["active_days_centroid"] * frame["active_days_scale"]
    assert (np.diff(days) > 0).all()
    assert frame["active_days_offset"][0] == pytest.approx(users[:, 3].mean())
    # one cluster of scaled users: as much as there are users times metrics
    assert elbow_curve(users)["inertia"][0] == pytest.approx(300 * 4, rel=1e-4)


def test_a_stored_fit_of_other_metrics_gives_way() -> None:
    """Dropping a metric counts too: centroids of three metrics do not fit two."""
    stored = cluster_centroids(skewed_users(300), 3)

    assert kept(stored, columns=centroid_columns([*METRICS, "active_days"])) is None
    assert kept(stored, columns=centroid_columns(METRICS[:2])) is None


# Clusters are numbered and named


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_clusters_run_from_least_to_most_engaged(k: int, scaler: str) -> None:
    frame = cluster_centroids(skewed_users(1_000), k, scaler)

    assert frame["cluster_id"].tolist() == list(range(1, k + 1))
    engagement = sum(frame[f"{metric}_centroid"] for metric in METRICS)
    assert (np.diff(engagement) > 0).all()
    assert frame["user_count"].sum() == 1_000
    assert frame["scaler"].eq(scaler).all()


@pytest.mark.parametrize(
    ("k", "names"),
    [
        (1, ["all"]),
        (2, ["low", "high"]),
        (3, ["low", "medium", "high"]),
        (5, ["level_1", "level_2", "level_3", "level_4", "level_5"]),
        (10, [f"level_{i}" for i in range(1, 11)]),
    ],
)
def test_names_say_how_engaged(k: int, names: list[str]) -> None:
    frame = cluster_centroids(skewed_users(300), k)

    assert frame["cluster_name"].tolist() == names


# The fit is right


@pytest.mark.parametrize("scaler", SCALERS)
def test_blobs_come_back_as_they_are(scaler: str) -> None:
    values = three_blobs()
    distances = np.abs((values[:, None] - CENTRES) / CENTRES[0]).sum(axis=2)
    blobs = 1 + distances.argmin(axis=1)

    frame = cluster_centroids(values, 3, scaler)

    assert frame["user_count"].tolist() == list(BLOB_SIZES)
    np.testing.assert_array_equal(nearest(values, frame), blobs)


def test_three_blobs_have_their_elbow_at_3() -> None:
    curve = elbow_curve(three_blobs())

    assert curve["k"].tolist() == list(range(1, 11))
    assert curve.loc[curve["is_elbow"], "k"].tolist() == [3]


@pytest.mark.parametrize("scaler", SCALERS)
def test_inertia_is_that_of_a_plain_fit_of_few_users(scaler: str) -> None:
    """With the starts of the plain fit: for large k, other starts end elsewhere."""
    values = skewed_users(4_000)
    points = scale(values, scaler).points

    inertia = elbow_curve(values, scaler)["inertia"]

    starts = kmeans.POINTS_STARTED // len(points)
    assert kmeans.STARTS < starts < kmeans.MOST_STARTS
    plain = [plain_inertia(points, k, SEED, starts) for k in range(1, 11)]
    np.testing.assert_allclose(inertia, plain, rtol=1e-3)
    assert (np.diff(inertia) < 0).all()


def test_inertia_is_hardly_above_a_plain_fit_of_many_users() -> None:
    """By 0.1 % up to k = 3; for larger k there are many nearly equal solutions."""
    values = skewed_users(120_000)
    points = scale(values).points
    assert len(points) > kmeans.SAMPLE_SIZE

    inertia = elbow_curve(values)["inertia"].to_numpy()

    plain = np.array([plain_inertia(points, k, 0) for k in range(1, 11)])
    np.testing.assert_array_less(inertia[:3], plain[:3] * 1.001)
    np.testing.assert_array_less(inertia, plain * 1.02)
    assert (np.diff(inertia) < 0).all()


@pytest.mark.parametrize("sample_size", [50_000, 500], ids=["all", "coreset"])
def test_a_centroid_is_the_mean_of_all_its_users(
    monkeypatch: pytest.MonkeyPatch, sample_size: int
) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE_SIZE", sample_size)
    values = skewed_users(12_000)

    frame = cluster_centroids(values, 4)

    labels = nearest(values, frame)
    for i, metric in enumerate(METRICS):
        means = [values[labels == c, i].mean() for c in frame["cluster_id"]]
        stored = frame[f"{metric}_centroid"] * frame[f"{metric}_scale"]
        np.testing.assert_allclose(
            stored + frame[f"{metric}_offset"], means, rtol=0.01, err_msg=metric
        )


@pytest.mark.parametrize("scaler", SCALERS)
def test_offset_and_scale_are_enough_to_score_users(scaler: str) -> None:
    values = skewed_users(5_000)

    frame = cluster_centroids(values, 4, scaler)

    labels = nearest(values, frame)
    sizes = np.bincount(labels, minlength=5)[1:]
    assert sizes.tolist() == frame["user_count"].tolist()
    points = scale(values, scaler).points
    centroids = frame[[f"{metric}_centroid" for metric in METRICS]].to_numpy()
    inertia = np.square(points - centroids[labels - 1]).sum()
    assert frame["inertia"].tolist() == pytest.approx([inertia] * 4, rel=1e-5)


# Heavy users are the point


@pytest.mark.parametrize("sample_size", [50_000, 1_000], ids=["all", "coreset"])
def test_the_heaviest_user_is_kept_as_it_is(
    monkeypatch: pytest.MonkeyPatch, sample_size: int
) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE_SIZE", sample_size)
    heavy = np.array([[50_000, 1e12, 1e15]])
    values = in_order(np.concatenate([skewed_users(8_000), heavy]))

    frame = cluster_centroids(values, 3)
    curve = elbow_curve(values)

    (top,) = frame[frame["cluster_name"] == "high"].itertuples()
    assert top.user_count == 1
    for metric, value in zip(METRICS, heavy[0], strict=True):
        centroid = getattr(top, f"{metric}_centroid")
        width, offset = (
            getattr(top, f"{metric}_scale"),
            getattr(top, f"{metric}_offset"),
        )
        assert centroid * width + offset == pytest.approx(value, rel=1e-5)
    # one cluster of scaled users: as much as there are users times metrics
    assert curve["inertia"][0] == pytest.approx(8_001 * 3, rel=1e-4)


def test_a_coreset_stands_for_all_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans, "SAMPLE_SIZE", 5_000)
    points = scale(skewed_users(40_000)).points

    rows, weights = kmeans.coreset(points, SEED)

    assert len(np.unique(rows)) == len(rows) <= 5_000
    assert weights.sum() == pytest.approx(len(points), rel=0.02)
    squares = (weights[:, None] * np.square(points[rows])).sum()
    assert squares == pytest.approx(np.square(points).sum(), rel=0.02)
    heaviest = np.argsort(np.square(points).sum(axis=1))[-20:]
    assert np.isin(heaviest, rows).all()


def test_a_few_remote_users_do_not_outweigh_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are drawn more often, and would get their own start at full weight."""
    monkeypatch.setattr(kmeans, "SAMPLE_SIZE", 2_000)
    rng = np.random.default_rng(11)
    near = np.repeat([[-1.0, 0, 0], [1.0, 0, 0]], 10_000, axis=0)
    remote = np.repeat([[1.0, 30, 0]], 10, axis=0)
    points = np.concatenate([near, remote])
    points += rng.normal(0, 0.1, points.shape)

    fit = kmeans.fit_clusters(in_order(points).astype(np.float32), 2)

    assert fit.sizes.tolist() == [10_000, 10_010]


def test_few_users_are_their_own_coreset() -> None:
    rows, weights = kmeans.coreset(scale(skewed_users(70)).points, SEED)

    assert rows.tolist() == list(range(70))
    assert weights.tolist() == [1] * 70


# Few users, or all alike


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize(
    ("case", "found", "names"),
    [
        ("nobody", 0, []),
        ("one_user", 1, ["all"]),
        ("two_kinds_of_users", 2, ["low", "high"]),
        ("all_the_same", 1, ["all"]),
        ("all_without_traffic", 1, ["all"]),
        ("only_traffic_differs", 3, ["low", "medium", "high"]),
    ],
)
def test_there_are_no_more_clusters_than_kinds_of_users(
    case: str, found: int, names: list[str], scaler: str
) -> None:
    values = DEGENERATE[case]

    frame = cluster_centroids(values, 3, scaler)

    assert frame["cluster_id"].tolist() == list(range(1, found + 1))
    assert frame["cluster_name"].tolist() == names
    assert frame["user_count"].sum() == len(values)
    assert (frame["user_count"] > 0).all()
    if 0 < found < 3:
        assert frame["inertia"].tolist() == pytest.approx([0] * found, abs=1e-9)


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize(
    ("case", "ks"),
    [
        ("nobody", 0),
        ("one_user", 1),
        ("two_kinds_of_users", 2),
        ("all_the_same", 1),
        ("all_without_traffic", 1),
        ("only_traffic_differs", 10),
    ],
)
def test_a_curve_ends_where_users_are_all_told_apart(
    case: str, ks: int, scaler: str
) -> None:
    curve = elbow_curve(DEGENERATE[case], scaler)

    assert curve["k"].tolist() == list(range(1, ks + 1))
    assert curve["is_elbow"].dtype == bool
    assert curve["is_elbow"].sum() == (1 if ks > 2 else 0)
    assert (np.diff(curve["inertia"]) < 0).all()


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize("case", DEGENERATE)
def test_no_number_is_missing_or_infinite(case: str, scaler: str) -> None:
    now = datetime(2024, 2, 29)
    curve = elbow_curve(DEGENERATE[case], scaler)
    for frame in (
        cluster_centroids(DEGENERATE[case], 3, scaler, now),
        curve[["k", "inertia", "is_elbow", "suggested_by", "scaler"]],
    ):
        assert not frame.isna().any(axis=None)
        assert np.isfinite(frame.select_dtypes("number").to_numpy(float)).all()
        scales = frame.filter(regex="_scale$")
        assert (scales > 0).all(axis=None)


def test_a_table_without_users_has_the_columns_of_one_with_users() -> None:
    values = skewed_users(50)
    for fit in (lambda v: cluster_centroids(v, 3), elbow_curve):
        nothing, something = fit(values[:0]), fit(values)
        assert nothing.dtypes.to_dict() == something.dtypes.to_dict()


# The elbow


def test_the_elbow_of_the_reference_month_is_3() -> None:
    assert find_elbow(range(1, 11), REFERENCE) == 3


def test_the_elbow_is_a_k_and_not_a_position() -> None:
    assert find_elbow(range(11, 21), REFERENCE) == 13


def test_a_straight_line_has_no_elbow() -> None:
    assert find_elbow(range(1, 11), range(100, 0, -10)) is None


@pytest.mark.parametrize(
    "inertias", [[100, 99, 98, 97, 96, 95, 94, 93, 9, 5], [9, 8.9, 8.5, 7, 0.0]]
)
def test_an_end_of_the_curve_is_no_elbow(inertias: list[float]) -> None:
    """Kneedle finds one at k = 1 here, where a bend cannot be."""
    ks = range(1, len(inertias) + 1)
    found = KneeLocator(ks, inertias, curve="convex", direction="decreasing").knee
    assert found == 1

    assert find_elbow(ks, inertias) is None


@pytest.mark.parametrize("inertias", [[], [9.0], [9.0, 1.0], [0.0, 0.0, 0.0]])
def test_too_short_or_flat_a_curve_has_no_elbow(inertias: list[float]) -> None:
    assert find_elbow(range(1, len(inertias) + 1), inertias) is None


# Segments do not move


FULL = {"day_count": 28, "covered_days": 28, "previous_ends_on": date(2024, 2, 29)}


def fitted(*arguments: object, fitted_days: int = 28, **more: object) -> pd.DataFrame:
    """Fit clusters on a period that is covered."""
    return cluster_centroids(*arguments, fitted_days=fitted_days, **more)


def kept(
    stored: pd.DataFrame | None,
    columns: tuple = CENTROIDS,
    period: dict = FULL,
    **settings: object,
) -> pd.DataFrame | None:
    """Ask for what an earlier build stored."""
    settings = {"refit": False, "scaler": "standard", "k": 3} | settings
    return kept_fit(stored, settings, columns, period)


def test_a_stored_fit_is_kept_as_it_is() -> None:
    stored = fitted(skewed_users(300), 3)

    pd.testing.assert_frame_equal(kept(stored), stored, check_exact=True)


@pytest.mark.parametrize(
    "changed",
    [{"refit": True}, {"scaler": "minmax"}, {"k": 4}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_stored_fit_gives_way_where_another_is_due(changed: dict) -> None:
    stored = fitted(skewed_users(300), 3)

    assert kept(stored, **changed) is None


@pytest.mark.parametrize(
    ("days", "period"),
    [
        (27, FULL),  # the first build that covers the whole period
        (28, FULL | {"covered_days": 27}),  # a file has left
        (27, FULL | {"covered_days": 27}),  # users' totals still grow
        (28, FULL | {"previous_ends_on": None}),  # the period is all days
        (28, FULL | {"day_count": 7, "covered_days": 7}),
    ],
)
def test_a_fit_of_other_days_gives_way(days: int, period: dict) -> None:
    assert kept(fitted(skewed_users(300), 3, fitted_days=days), period=period) is None


def test_a_curve_of_few_users_gives_way_to_one_of_more() -> None:
    settings = {"refit": False, "scaler": "standard"}
    short = elbow_curve(skewed_users(300)[:3], fitted_days=28)
    whole = elbow_curve(skewed_users(300), fitted_days=28)

    assert kept_fit(short, settings, CURVE, FULL) is None
    assert kept_fit(whole, settings, CURVE, FULL) is whole


def test_before_the_first_build_nothing_is_kept() -> None:
    assert kept(None) is None


def test_a_stored_fit_that_lacks_a_column_gives_way() -> None:
    stored = fitted(skewed_users(300), 3)

    assert tuple(stored.columns) == CENTROIDS
    assert kept(stored.drop(columns="seed")) is None


def test_a_fit_says_when_and_how_it_was_made() -> None:
    now = datetime(2024, 2, 29, 12, 30, 15, 250_000)

    frame = fitted(skewed_users(300), 3, fitted_at=now)

    assert frame["fitted_at"].tolist() == [pd.Timestamp(now)] * 3
    assert frame["fitted_at"].dt.tz is None
    assert frame["fitted_days"].tolist() == [28] * 3
    assert frame["seed"].tolist() == [SEED] * 3
    assert frame["scikit_learn_version"].tolist() == [sklearn.__version__] * 3
    pd.testing.assert_frame_equal(kept(frame), frame, check_exact=True)


def test_a_stored_fit_of_nobody_gives_way() -> None:
    assert kept(fitted(np.empty((0, 3)), 3)) is None


def test_users_that_round_to_one_point_are_one() -> None:
    values = np.array([[1, 1000, 10], [1, 1001, 20], [1, 1002, 10], [1, 1e9, 15]])
    assert len(cluster_centroids(values, 4)) == len(elbow_curve(values)) == 3
