"""Scale users' metrics, fit k-means fast and reproducibly, find the elbow.

Pure functions: arrays in, small frames out. Rows are users in a canonical order
(sorted by their metrics), so that a fit depends on who the users are and not on
the order in which a parallel query returned them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engagement.fit import criteria

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

METRICS = ("session_count", "duration_ms", "total_bytes")
SCALERS = ("standard", "minmax", "robust", "log_standard")
LARGEST_K = 10
# k-means has many near-equal solutions, and a seed picks one. With this seed the
# reference month gives its published solution for every k; see Decisions in README.
SEED = 2480
# a tenth of the users within these: starts on fewer tell close solutions apart badly
SAMPLE_SIZE = 50_000
LARGEST_SAMPLE = 200_000
STARTS = 10
THREADS = 2
CURVE = (
    *("k", "inertia", "is_elbow"),
    *("silhouette", "calinski_harabasz", "davies_bouldin", "gap", "gap_deviation"),
    *("suggested_by", "scaler"),
)
CENTROIDS = (
    *("cluster_id", "cluster_name", "user_count", "scaler", "inertia"),
    *(f"{m}_{part}" for m in METRICS for part in ("centroid", "offset", "scale")),
    *("fitted_at", "fitted_share", "seed", "scikit_learn_version"),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scaled:
    """Metrics on a common scale: ``points = (values - offset) / scale``.

    For ``log_standard`` the values are ``ln(1 + value)``.

    Attributes
    ----------
    points : ndarray of float32, shape (users, metrics)
    offset, scale : ndarray of float64, shape (metrics,)
    """

    points: np.ndarray
    offset: np.ndarray
    scale: np.ndarray


@dataclass(frozen=True)
class Fit:
    """A k-means solution, its clusters ordered from least to most engaged.

    Attributes
    ----------
    centroids : ndarray of float64, shape (k, metrics)
        In scaled units.
    sizes : ndarray of int64, shape (k,)
    inertia : float
        Sum of squared distances of the users to their centroids.
    """

    centroids: np.ndarray
    sizes: np.ndarray
    inertia: float


def metrics_of(users: DuckDBPyRelation) -> np.ndarray:
    """Fetch the metrics of all users in canonical order.

    Parameters
    ----------
    users : DuckDBPyRelation
        The mart user_engagement.

    Returns
    -------
    ndarray of float64, shape (users, metrics)
        Sessions, milliseconds, bytes.
    """
    columns = ", ".join(METRICS)
    fetched = users.project(columns).order(columns).fetchnumpy()
    values = np.empty((len(fetched[METRICS[0]]), len(METRICS)))
    for i, metric in enumerate(METRICS):
        values[:, i] = fetched.pop(metric)
    return values


def stored_fit(session: DuckDBPyConnection, table: str) -> pd.DataFrame | None:
    """Fetch what an earlier build has fitted; None where there is no such table."""
    import duckdb

    try:
        return session.table(table).df()
    except duckdb.CatalogException:
        return None


def kept_fit(
    stored: pd.DataFrame | None, settings: dict[str, Any], columns: Iterable[str]
) -> pd.DataFrame | None:
    """Return what an earlier build fitted, if it may stay: segments do not move.

    Parameters
    ----------
    stored : DataFrame or None
        What is there; None before the first build and in a full refresh.
    settings : dict
        ``refit``, ``scaler`` and, for clusters, ``k``, as the vars give them; a curve
        is up to `LARGEST_K`. Users who differed in less may do by now.
    columns : iterable of str
        What a fit has; an earlier version of the project may have stored less.

    Returns
    -------
    DataFrame or None
        None where there is nothing, another scaler or k, a column less, or a refit
        is asked for.
    """
    if stored is None or settings["refit"] or not set(columns) <= set(stored.columns):
        return None
    is_other_k = len(stored) != settings.get("k", LARGEST_K)
    is_other_scaler = set(stored["scaler"]) != {settings["scaler"]}
    return None if is_other_k or is_other_scaler else stored


def scale(values: np.ndarray, scaler: str = "standard") -> Scaled:
    """Bring metrics of different units to one scale, column by column.

    Parameters
    ----------
    values : ndarray, shape (users, metrics)
        Sessions, milliseconds, bytes; at least one user.
    scaler : {"standard", "minmax", "robust", "log_standard"}
        Mean and deviation; range; median and quartiles; or mean and deviation
        of ``ln(1 + value)``, for metrics that a few users dominate.

    Raises
    ------
    ValueError
        If the scaler is unknown or there is no user.
    """
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    if scaler not in SCALERS:
        raise ValueError(f"cluster_scaler is one of {SCALERS}, not {scaler!r}")
    if not len(values):
        raise ValueError("there is no user to cluster")
    if scaler == "log_standard":
        values = np.log1p(values)
    if scaler == "minmax":
        fitted = MinMaxScaler().fit(values)
        offset, width = fitted.data_min_, 1 / fitted.scale_
    elif scaler == "robust":
        fitted = RobustScaler().fit(values)
        offset, width = fitted.center_, fitted.scale_
    else:
        fitted = StandardScaler().fit(values)
        offset, width = fitted.mean_, fitted.scale_
    points = np.empty(values.shape, np.float32)
    for i in range(values.shape[1]):
        points[:, i] = (values[:, i] - offset[i]) / width[i]
    return Scaled(points, offset, width)


def fit_clusters(points: np.ndarray, k: int, seed: int = SEED) -> Fit:
    """Fit k-means: many starts on a coreset, then Lloyd's steps on all users.

    The coreset is a weighted sample that keeps the rare heavy users, enough to
    tell a good start from a bad one; the exact steps that follow make the
    solution one of all users. It runs on one thread, since the order in which
    threads add up would show in the last digits.

    Parameters
    ----------
    points : ndarray of float32, shape (users, metrics)
        Scaled, in canonical order.
    k : int
        Number of clusters; fewer where users are not that different.

    References
    ----------
    Lloyd, S. (1982), Least squares quantization in PCM. Arthur, D. and
    Vassilvitskii, S. (2007), k-means++: the advantages of careful seeding.
    Bachem, O. et al. (2018), Scalable k-means clustering via lightweight coresets.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    k = min(k, count_distinct(points))
    rows, weights = coreset(points, seed)
    with threadpool_limits(limits=1):
        started = KMeans(k, n_init=STARTS, random_state=seed)
        started.fit(points[rows], sample_weight=weights)
        exact = KMeans(k, init=started.cluster_centers_, n_init=1).fit(points)
    order = np.argsort(exact.cluster_centers_.sum(axis=1), kind="stable")
    centroids = exact.cluster_centers_.astype(np.float64)
    inertia = sum(
        float(np.square(points[exact.labels_ == i] - centroids[i]).sum())
        for i in range(k)
    )
    log.info("k-means, k = %d, %d users: inertia %.2f", k, len(points), inertia)
    return Fit(
        centroids=centroids[order],
        sizes=np.bincount(exact.labels_, minlength=k)[order],
        inertia=inertia,
    )


def coreset(points: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a weighted sample in which far-out users are likelier, and lighter.

    Returns
    -------
    rows : ndarray of int, weights : ndarray of float32
        All users, each of weight 1, where there are few.
    """
    size = max(SAMPLE_SIZE, min(len(points) // 10, LARGEST_SAMPLE))
    if len(points) <= size:
        return np.arange(len(points)), np.ones(len(points), np.float32)
    spread = np.square(points - points.mean(axis=0, dtype=np.float64)).sum(axis=1)
    chance = 0.5 / len(points) + 0.5 * spread / max(spread.sum(), 1e-300)
    steps = np.cumsum(chance)
    drawn = np.random.default_rng(seed).random(size) * steps[-1]
    rows, counts = np.unique(np.searchsorted(steps, drawn), return_counts=True)
    return rows, (counts / (size * chance[rows])).astype(np.float32)


def count_distinct(points: np.ndarray) -> int:
    """Count the users that differ, or some of them if that is enough for any k."""
    return criteria.count_up_to(points, LARGEST_K)


def find_elbow(ks: Iterable[int], inertias: Iterable[float]) -> int | None:
    """Find the k from which more clusters gain little, or None if there is none.

    References
    ----------
    Satopaa, V. et al. (2011), Finding a "kneedle" in a haystack.
    """
    from kneed import KneeLocator

    ks, inertias = list(ks), list(inertias)
    if len(ks) < 3 or inertias[0] <= 0:
        return None
    knee = KneeLocator(ks, inertias, curve="convex", direction="decreasing").knee
    return None if knee is None else int(knee)


def elbow_curve(values: np.ndarray, scaler: str = "standard") -> pd.DataFrame:
    """Fit k = 1 to 10 and ask the elbow and other criteria which k to choose.

    Parameters
    ----------
    values : ndarray, shape (users, metrics)
        Sessions, milliseconds, bytes, in canonical order; see `metrics_of`.
    scaler : str
        See `scale`.

    Returns
    -------
    DataFrame
        ``k``, ``inertia``, ``is_elbow``, the scores of `criteria.score` (nan
        where undefined), ``suggested_by`` (names of criteria) and ``scaler``;
        one row per k that has enough users, so none without users.
    """
    import pandas as pd

    points = np.empty(values.shape, np.float32)
    if len(values):
        points = scale(values, scaler).points
    ks = range(1, min(LARGEST_K, count_distinct(points)) + 1)
    with ThreadPoolExecutor(THREADS) as pool:
        # the largest k takes longest, so it goes first
        fits = list(pool.map(lambda k: fit_clusters(points, k), ks[::-1]))[::-1]
        scores = criteria.score(points, [f.centroids for f in fits], SEED, pool.map)
    inertia = np.array([fit.inertia for fit in fits], dtype=np.float64)
    elbow = find_elbow(ks, inertia)
    suggested = {"elbow": elbow} | criteria.suggest(scores)
    k = np.array(ks, dtype=np.int64)
    return pd.DataFrame(
        {
            "k": k,
            "inertia": inertia,
            "is_elbow": k == (elbow or 0),
            **scores,
            "suggested_by": [criteria.suggested_by(n, suggested) for n in ks],
            "scaler": scaler,
        }
    ).astype({"is_elbow": bool, "suggested_by": str, "scaler": str})


def cluster_names(k: int) -> list[str]:
    """Name clusters from least to most engaged."""
    plain = {1: ["all"], 2: ["low", "high"], 3: ["low", "medium", "high"]}
    return plain.get(k) or [f"level_{i}" for i in range(1, k + 1)]


def cluster_centroids(
    values: np.ndarray,
    k: int,
    scaler: str = "standard",
    fitted_at: datetime | None = None,
    fitted_share: float = 1.0,
) -> pd.DataFrame:
    """Fit k clusters and describe them so that SQL can score users.

    Parameters
    ----------
    values : ndarray, shape (users, metrics)
        Sessions, milliseconds, bytes, in canonical order; see `metrics_of`.
    k : int
    scaler : str
        See `scale`.
    fitted_at : datetime, optional
        Now, in UTC and without a time zone.
    fitted_share : float
        Share of all users that the values are of.

    Returns
    -------
    DataFrame
        One row per cluster: ``cluster_id`` (1 = least engaged),
        ``cluster_name``, ``user_count``, ``scaler``, ``inertia``; per metric
        ``<metric>_centroid`` (scaled), ``<metric>_offset``, ``<metric>_scale``;
        and how it was fitted: ``fitted_at``, ``fitted_share``, ``seed``,
        ``scikit_learn_version``. Fewer rows than k where users are not that
        different.
    """
    import pandas as pd
    import sklearn

    if len(values):
        scaled = scale(values, scaler)
        fit = fit_clusters(scaled.points, k)
    else:
        nothing = np.empty(len(METRICS))
        scaled = Scaled(np.empty((0, len(METRICS))), nothing, nothing)
        fit = Fit(scaled.points, np.empty(0, np.int64), 0.0)
    found = len(fit.centroids)
    frame = pd.DataFrame(
        {
            "cluster_id": np.arange(1, found + 1),
            "cluster_name": pd.Series(cluster_names(found)[:found], dtype=str),
            "user_count": fit.sizes,
            "scaler": pd.Series([scaler] * found, dtype=str),
            "inertia": np.full(found, fit.inertia),
        }
    )
    for i, metric in enumerate(METRICS):
        frame[f"{metric}_centroid"] = fit.centroids[:, i]
        frame[f"{metric}_offset"] = scaled.offset[i]
        frame[f"{metric}_scale"] = scaled.scale[i]
    frame["fitted_at"] = pd.Series([fitted_at] * found, dtype="datetime64[us]")
    frame["fitted_share"] = fitted_share
    frame["seed"] = SEED
    frame["scikit_learn_version"] = sklearn.__version__
    return frame.astype(
        {"fitted_share": float, "seed": np.int64, "scikit_learn_version": str}
    )
