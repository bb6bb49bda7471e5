"""Make the tables elbow_curve and cluster_centroids, or keep the stored ones.

Pure functions: arrays in, small frames out. dbt's Python models store the frames,
on Spark `engagement fit` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from engagement.fit import criteria
from engagement.fit.elbow import find_elbow
from engagement.fit.kmeans import (
    SEED,
    Fit,
    count_distinct,
    fit_clusters,
    fit_each,
)
from engagement.fit.scaling import Scaled, scale

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

LARGEST_K = 10
THREADS = 2
# The columns of elbow_curve.
CURVE = (
    *("k", "inertia", "is_elbow"),
    *("silhouette", "calinski_harabasz", "davies_bouldin", "gap", "gap_deviation"),
    *("suggested_by", "scaler", "fitted_days"),
)


def centroid_columns(metrics: Iterable[str]) -> tuple[str, ...]:
    """List the columns of cluster_centroids, four of them for each metric."""
    parts = ("varies", "centroid", "offset", "scale")
    return (
        *("cluster_id", "cluster_name", "user_count", "scaler", "inertia"),
        *(f"{metric}_{part}" for metric in metrics for part in parts),
        *("fitted_at", "fitted_days", "fitted_share", "seed"),
        "scikit_learn_version",
    )


def kept_fit(
    stored: pd.DataFrame | None,
    settings: Mapping[str, Any],
    columns: Iterable[str],
    period: Mapping[str, Any],
) -> pd.DataFrame | None:
    """Return the stored fit if it is still valid, so that segments do not move.

    While sessions do not cover the whole period, users' totals grow from build to
    build and each build fits anew. From then on, new sessions do not invalidate a fit.

    Parameters
    ----------
    stored : DataFrame or None
        The stored table; None in the first build and in a full refresh.
    settings : dict
        The vars ``refit``, ``scaler`` and, for clusters, ``k``. A curve has no
        ``k``: it is valid if it goes up to `LARGEST_K`.
    columns : iterable of str
        Columns that a new fit would have. An earlier version of the project, or
        other metrics, may have stored other columns.
    period : mapping
        The row of the mart engagement_period.

    Returns
    -------
    DataFrame or None
        None if nothing is stored, a refit is asked for, the scaler, k, the columns or
        the length of the period are others, or the period is not covered or is all
        that is loaded.
    """
    is_all = period["previous_ends_on"] is None
    if is_all or period["covered_days"] < period["day_count"]:
        return None
    if stored is None or settings["refit"] or set(columns) != set(stored.columns):
        return None
    is_other_k = len(stored) != settings.get("k", LARGEST_K)
    is_other_scaler = set(stored["scaler"]) != {settings["scaler"]}
    is_of_other_days = set(stored["fitted_days"]) != {period["covered_days"]}
    return None if is_other_k or is_other_scaler or is_of_other_days else stored


def elbow_curve(
    values: np.ndarray, scaler: str = "standard", fitted_days: int = 1
) -> pd.DataFrame:
    """Fit k = 1 to `LARGEST_K`, and ask the elbow and other criteria which k to choose.

    Parameters
    ----------
    values : ndarray, shape (users, metrics)
        In the metrics' units, in canonical order; see `metrics.metric_values`.
    scaler : str
        One of `scaling.SCALERS`.
    fitted_days : int
        Days that ``values`` are of; stored as it is.

    Returns
    -------
    DataFrame
        The columns `CURVE`: ``k``, ``inertia``, ``is_elbow``, the scores of
        `criteria.score` (nan where undefined), ``suggested_by`` (names of criteria),
        ``scaler`` and ``fitted_days``. One row for each k up to the number of distinct
        users, so none if there are no users.

    Raises
    ------
    ValueError
        If the scaler is unknown.
    """
    import pandas as pd

    points = scale(values, scaler).points if len(values) else np.empty((0, 1))
    ks = range(1, min(LARGEST_K, count_distinct(points, LARGEST_K)) + 1)
    with ThreadPoolExecutor(THREADS) as pool:
        fits = fit_each(points, ks, SEED, pool.map) if ks else []
        scores = criteria.score(points, fits, SEED, pool.map)
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
            "fitted_days": fitted_days,
        }
    ).astype(
        {"is_elbow": bool, "suggested_by": str, "scaler": str, "fitted_days": np.int64}
    )


def cluster_names(k: int) -> list[str]:
    """Name k clusters from least to most engaged."""
    plain = {1: ["all"], 2: ["low", "high"], 3: ["low", "medium", "high"]}
    return plain.get(k) or [f"level_{i}" for i in range(1, k + 1)]


def cluster_centroids(
    values: np.ndarray,
    metrics: Sequence[str],
    k: int,
    scaler: str = "standard",
    fitted_at: datetime | None = None,
    fitted_days: int = 1,
    fitted_share: float = 1.0,
) -> pd.DataFrame:
    """Fit k clusters, and describe them so that SQL can assign users to them.

    Parameters
    ----------
    values : ndarray, shape (users, metrics)
        In the metrics' units, in canonical order; see `metrics.metric_values`.
    metrics : sequence of str
        Names of the columns of ``values``.
    k : int
        Number of clusters; there are fewer if fewer users differ.
    scaler : str
        One of `scaling.SCALERS`.
    fitted_at : datetime, optional
        Time of the fit, in UTC and without a time zone; stored as it is.
    fitted_days : int
        Days that ``values`` are of; stored as it is.
    fitted_share : float
        Share of all users that ``values`` holds, above 0 and up to 1.

    Returns
    -------
    DataFrame
        The columns `centroid_columns`, one row per cluster: ``cluster_id`` (1 =
        least engaged), ``cluster_name``, ``user_count``, ``scaler``, ``inertia``;
        for each metric ``<metric>_varies`` (whether clusters are fitted by it),
        ``<metric>_centroid`` (scaled; 0 if it does not vary), ``<metric>_offset`` and
        ``<metric>_scale``; ``fitted_at``, ``fitted_days``, ``fitted_share``, ``seed``
        and ``scikit_learn_version``. No rows if there are no users.

    Raises
    ------
    ValueError
        If the scaler is unknown or ``metrics`` does not name every column.
    """
    import pandas as pd
    import sklearn

    if len(values):
        scaled = scale(values, scaler)
        fit = fit_clusters(scaled.points, k)
    else:
        none, nothing = np.zeros(values.shape[1], bool), np.empty(values.shape[1])
        scaled = Scaled(np.empty((0, 1)), none, nothing, nothing)
        fit = Fit(scaled.points, np.empty(0, np.int64), 0.0)
    found = len(fit.centroids)
    centroids = np.zeros((found, values.shape[1]))
    centroids[:, scaled.varies] = fit.centroids[:, : scaled.varies.sum()]
    frame = pd.DataFrame(
        {
            "cluster_id": np.arange(1, found + 1),
            "cluster_name": pd.Series(cluster_names(found)[:found], dtype=str),
            "user_count": fit.sizes,
            "scaler": pd.Series([scaler] * found, dtype=str),
            "inertia": np.full(found, fit.inertia),
        }
    )
    described = (scaled.varies, centroids.T, scaled.offset, scaled.scale)
    for metric, varies, centroid, offset, width in zip(
        metrics, *described, strict=True
    ):
        frame[f"{metric}_varies"] = np.full(found, varies)
        frame[f"{metric}_centroid"] = centroid
        frame[f"{metric}_offset"] = offset
        frame[f"{metric}_scale"] = width
    frame["fitted_at"] = pd.Series([fitted_at] * found, dtype="datetime64[us]")
    frame["fitted_days"] = fitted_days
    frame["fitted_share"] = fitted_share
    frame["seed"] = SEED
    frame["scikit_learn_version"] = sklearn.__version__
    return frame.astype(
        {
            "fitted_days": np.int64,
            "fitted_share": float,
            "seed": np.int64,
            "scikit_learn_version": str,
        }
    )
