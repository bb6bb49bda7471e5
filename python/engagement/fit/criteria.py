"""Ask several criteria how many clusters there are.

Pure functions on scaled users in canonical order; see `metrics.metric_values`. Their
cost does not grow with the number of users: they work on fixed samples, whose users
are assigned to the nearest centroid of an existing fit. Only the gap statistic fits
clusters itself, on samples of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engagement.fit.kmeans import count_distinct

if TYPE_CHECKING:
    from numpy.random import Generator

# Listed in this order everywhere.
CRITERIA = ("elbow", "silhouette", "calinski_harabasz", "davies_bouldin", "gap")
# Calinski-Harabasz and Davies-Bouldin depend on the few heavy users: on samples of
# 10,000 users of the reference month they suggest 2, 4 or 6, depending on the sample.
# They take linear time, so the sample can be large.
DISPERSION_SAMPLE = 100_000
# Time and memory are quadratic: this takes 32 MB. The mean is off by about 0.01.
SILHOUETTE_SAMPLE = 2_000
# A larger sample does not help: the gap depends on which heavy users are in it.
GAP_SAMPLE = 1_000
GAP_REFERENCES = 12


def score(
    points: np.ndarray,
    centroids: Sequence[np.ndarray],
    seed: int,
    run: Callable = map,
) -> dict[str, np.ndarray]:
    """Score the fits of k = 1, 2, ... clusters by all criteria but the elbow.

    Parameters
    ----------
    points : ndarray of float32, shape (users, metrics)
        Scaled, in canonical order.
    centroids : sequence of ndarray, shapes (1, metrics), (2, metrics), ...
        One fit per k.
    seed : int
        Of the samples and of the gap statistic.
    run : callable
        Works like map. The map of a thread pool is faster and gives the same scores.

    Returns
    -------
    dict of str to ndarray of float64, shape (fits,)
        ``silhouette``, ``calinski_harabasz``, ``davies_bouldin``, ``gap`` and
        ``gap_deviation``; nan where undefined.
    """
    rng = np.random.default_rng(seed)
    many = draw(points, DISPERSION_SAMPLE, rng)
    few = draw(points, SILHOUETTE_SAMPLE, rng)
    silhouettes = silhouette(few, centroids, run)
    dispersions = list(run(lambda fit: dispersion(many, fit), centroids))
    by_variance, by_distance = np.reshape(dispersions, (-1, 2)).T
    gaps, deviations = gap_statistic(points, len(centroids), seed, run)
    return {
        "silhouette": silhouettes,
        "calinski_harabasz": by_variance,
        "davies_bouldin": by_distance,
        "gap": gaps,
        "gap_deviation": deviations,
    }


def draw(points: np.ndarray, size: int, rng: Generator) -> np.ndarray:
    """Draw users with equal chances, in their order; all if there are too few.

    Returns
    -------
    ndarray of float64, shape (at most size, metrics)
    """
    if len(points) > size:
        points = points[np.sort(rng.choice(len(points), size, replace=False))]
    return points.astype(np.float64)


def silhouette(
    users: np.ndarray, centroids: Sequence[np.ndarray], run: Callable = map
) -> np.ndarray:
    """Compare how far users are from their own cluster and from the next one.

    Parameters
    ----------
    users : ndarray of float64, shape (users, metrics)
    centroids : sequence of ndarray, shape (k, metrics) each
    run : callable
        See `score`.

    Returns
    -------
    ndarray of float64, shape (fits,)
        Mean over the users, -1 to 1; nan if all users are in one cluster or each
        is in a cluster of its own.

    References
    ----------
    Rousseeuw, P. (1987), Silhouettes: a graphical aid to the interpretation and
    validation of cluster analysis.
    """
    from sklearn.metrics import pairwise_distances, silhouette_score
    from threadpoolctl import threadpool_limits

    if len(users) < 3:
        return np.full(len(centroids), np.nan)
    with threadpool_limits(limits=1):
        distances = pairwise_distances(users)

    def of(fit: np.ndarray) -> float:
        labels = nearest(users, fit)
        if not 1 < len(np.unique(labels)) < len(users):
            return np.nan
        return silhouette_score(distances, labels, metric="precomputed")

    return np.array(list(run(of, centroids)))


def dispersion(users: np.ndarray, centroids: np.ndarray) -> tuple[float, float]:
    """Compare how far apart clusters are with how spread out they are.

    Parameters
    ----------
    users : ndarray of float64, shape (users, metrics)
    centroids : ndarray, shape (k, metrics)

    Returns
    -------
    calinski_harabasz, davies_bouldin : float
        The first is better if larger, the second if smaller. Both are nan if all
        users are in one cluster or every cluster is a single point.

    References
    ----------
    Calinski, T. and Harabasz, J. (1974), A dendrite method for cluster analysis.
    Davies, D. and Bouldin, D. (1979), A cluster separation measure.
    """
    from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

    labels = nearest(users, centroids)
    found = len(np.unique(labels))
    if found < 2 or found >= count_distinct(users, found + 1):
        return np.nan, np.nan
    return calinski_harabasz_score(users, labels), davies_bouldin_score(users, labels)


def nearest(users: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Assign users to the nearest centroid.

    Returns
    -------
    ndarray of int, shape (users,)
        Positions of centroids.
    """
    from sklearn.metrics import pairwise_distances_argmin
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return pairwise_distances_argmin(users, centroids)


def gap_statistic(
    points: np.ndarray, largest_k: int, seed: int, run: Callable = map
) -> tuple[np.ndarray, np.ndarray]:
    """Compare the inertia with that of users spread evenly over the same space.

    That space is the box along the sample's principal axes, variant (b) of the paper.
    Metrics are correlated, and compared with a box along the metrics, any correlated
    users would look like clusters. Each reference is compared with a sample of its
    own, so that the deviation also covers which users were drawn: a few heavy users
    determine the box. If a sample can hold all users, this is the paper's statistic.

    Parameters
    ----------
    points : ndarray, shape (users, metrics)
        Scaled, in canonical order.
    largest_k : int
    seed : int
        Of the samples, the references and their fits.
    run : callable
        See `score`.

    Returns
    -------
    gap, deviation : ndarray of float64, shape (largest_k,)
        Difference of logarithms of inertia, and its standard deviation; nan from
        the k on at which every distinct user of a sample has its own cluster.

    References
    ----------
    Tibshirani, R., Walther, G. and Hastie, T. (2001), Estimating the number of
    clusters in a data set via the gap statistic.
    """
    from threadpoolctl import threadpool_limits

    gap, deviation = np.full((2, largest_k), np.nan)
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(GAP_REFERENCES if largest_k else 0):
        users = draw(points, GAP_SAMPLE, rng)
        pairs.append((users, spread_evenly(users, rng)))
    ks = min([largest_k, *(count_distinct(users, 1_000) - 1 for users, _ in pairs)])
    if ks < 1:
        return gap, deviation

    def compare(pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        with threadpool_limits(limits=1):
            users, reference = (log_inertias(rows, ks, seed) for rows in pair)
        return reference - users

    compared = np.array(list(run(compare, pairs)))
    gap[:ks] = compared.mean(axis=0)
    deviation[:ks] = compared.std(axis=0) * np.sqrt(1 + 1 / len(pairs))
    return gap, deviation


def spread_evenly(users: np.ndarray, rng: Generator) -> np.ndarray:
    """Draw as many users evenly from the box along the users' principal axes.

    Returns
    -------
    ndarray of float64, shape (users, metrics)
        In the coordinates of the principal axes; inertia is the same in these.
    """
    centred = users - users.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2]
    turned = centred @ axes.T
    return rng.uniform(turned.min(axis=0), turned.max(axis=0), turned.shape)


def log_inertias(users: np.ndarray, largest_k: int, seed: int) -> np.ndarray:
    """Fit k = 1, 2, ... clusters, fewer than there are distinct users.

    Returns
    -------
    ndarray of float64, shape (largest_k,)
        Natural logarithms of the inertias.
    """
    from sklearn.cluster import KMeans

    inertias = [np.square(users - users.mean(axis=0)).sum()]
    for k in range(2, largest_k + 1):
        inertias.append(KMeans(k, n_init=1, random_state=seed).fit(users).inertia_)
    return np.log(inertias)


def suggest(scores: Mapping[str, np.ndarray]) -> dict[str, int]:
    """Say which k each criterion suggests.

    Parameters
    ----------
    scores : mapping of str to ndarray, shape (fits,)
        See `score`.

    Returns
    -------
    dict of str to int
        The k with the best score, the smaller k if scores are equal. For the gap,
        the smallest k whose gap is not below that of k + 1 less its deviation.
        Criteria that suggest no k are left out.
    """
    better = {
        "silhouette": scores["silhouette"],
        "calinski_harabasz": scores["calinski_harabasz"],
        "davies_bouldin": -scores["davies_bouldin"],
    }
    suggested = {
        name: int(np.nanargmax(values)) + 1
        for name, values in better.items()
        if not np.isnan(values).all()
    }
    gap, deviation = scores["gap"], scores["gap_deviation"]
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - deviation[1:])
    return suggested | ({"gap": int(enough[0]) + 1} if len(enough) else {})


def suggested_by(k: int, suggested: Mapping[str, int | None]) -> str:
    """List the criteria that suggest k: "elbow, silhouette"."""
    return ", ".join(name for name in CRITERIA if suggested.get(name) == k)
