"""Ask several criteria how many clusters there are.

Pure functions on scaled users in canonical order; see `metrics.metric_values`. Their
cost hardly grows with the number of users: they work on fixed samples, whose users
are assigned to the nearest centroid of an existing fit. The gap statistic takes the
inertia of that fit, and fits clusters itself only to the references.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from engagement.fit.kmeans import Fit, count_distinct, one_thread

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
# Of 1,000 users, k-means fits references up to 2 % too closely to stand for those of
# many users; of 2,500 it is about 1 %, of 4,000 0.5 %.
GAP_SAMPLE = 3_000
GAP_REFERENCES = 12
# With one start, the inertia is often 1 to 2 % above the best; ten take several times
# as long as two.
GAP_STARTS = 2


def score(
    points: np.ndarray,
    fits: Sequence[Fit],
    seed: int,
    run: Callable = map,
) -> dict[str, np.ndarray]:
    """Score the fits of k = 1, 2, ... clusters by all criteria but the elbow.

    Parameters
    ----------
    points : ndarray of float32, shape (users, metrics)
        Scaled, in canonical order.
    fits : sequence of Fit
        Of k = 1, 2, ... clusters to all these users.
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
    centroids = [fit.centroids for fit in fits]
    silhouettes = silhouette(few, centroids, run)
    dispersions = list(run(lambda fit: dispersion(many, fit), centroids))
    by_variance, by_distance = np.reshape(dispersions, (-1, 2)).T
    inertias = [fit.inertia for fit in fits]
    gaps, deviations = gap_statistic(points, inertias, seed, run)
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
        Mean over the users, -1 to 1; nan if all users are in one cluster or every
        cluster is a single point.

    References
    ----------
    Rousseeuw, P. (1987), Silhouettes: a graphical aid to the interpretation and
    validation of cluster analysis.
    """
    from sklearn.metrics import pairwise_distances, silhouette_score

    if len(users) < 3:
        return np.full(len(centroids), np.nan)
    with one_thread():
        distances = pairwise_distances(users)

    def of(fit: np.ndarray) -> float:
        labels = nearest(users, fit)
        if not separates(users, labels):
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
    if not separates(users, labels):
        return np.nan, np.nan
    return calinski_harabasz_score(users, labels), davies_bouldin_score(users, labels)


def separates(users: np.ndarray, labels: np.ndarray) -> bool:
    """Say whether there are two clusters or more, and one of users who differ."""
    found = len(np.unique(labels))
    return 1 < found < count_distinct(users, found + 1)


def nearest(users: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Assign users to the nearest centroid.

    Returns
    -------
    ndarray of int, shape (users,)
        Positions of centroids.
    """
    from sklearn.metrics import pairwise_distances_argmin

    with one_thread():
        return pairwise_distances_argmin(users, centroids)


def gap_statistic(
    points: np.ndarray, inertias: Sequence[float], seed: int, run: Callable = map
) -> tuple[np.ndarray, np.ndarray]:
    """Compare the inertia with that of users spread evenly over the same space.

    That space is the box along the users' principal axes, variant (b) of the paper.
    Metrics are correlated, and compared with a box along the metrics, any correlated
    users would look like clusters.

    A reference holds as many users as there are, up to `GAP_SAMPLE`; up to there,
    this is the paper's statistic. Of more users, the inertia per user is compared.
    It varies with one over the root of the number of users, so the deviation of
    references of m users stands for that of n users if multiplied by sqrt(m / n).
    The error of the mean over B references remains: sqrt(m / n + 1 / B) takes the
    place of the paper's sqrt(1 + 1 / B).

    Parameters
    ----------
    points : ndarray, shape (users, metrics)
        Scaled.
    inertias : sequence of float
        Of fits of k = 1, 2, ... clusters to all these users.
    seed : int
        Of the references and their fits.
    run : callable
        See `score`.

    Returns
    -------
    gap, deviation : ndarray of float64, shape (fits,)
        Difference of logarithms of inertia, and its standard deviation; nan from
        the k on at which every distinct user has its own cluster.

    References
    ----------
    Tibshirani, R., Walther, G. and Hastie, T. (2001), Estimating the number of
    clusters in a data set via the gap statistic.
    """
    gap, deviation = np.full((2, len(inertias)), np.nan)
    ks = min(len(inertias), count_distinct(points, len(inertias) + 1) - 1)
    if ks < 1:
        return gap, deviation
    rng = np.random.default_rng(seed)
    low, high = box(points)
    size = min(len(points), GAP_SAMPLE)
    references = rng.uniform(low, high, (GAP_REFERENCES, size, len(low)))
    fitted = run(lambda reference: log_inertias(reference, ks, seed), references)
    logs = np.array(list(fitted)) - np.log(size)
    gap[:ks] = logs.mean(axis=0) - np.log(np.divide(inertias[:ks], len(points)))
    error = np.sqrt(size / len(points) + 1 / GAP_REFERENCES)
    deviation[:ks] = logs.std(axis=0) * error
    return gap, deviation


def box(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the box along the users' principal axes that holds all of them.

    Returns
    -------
    low, high : ndarray of float64, shape (metrics,)
        In the coordinates of the principal axes; inertia is the same in these.
    """
    centred = points - points.mean(axis=0, dtype=np.float64)
    with one_thread():
        axes = np.linalg.eigh(centred.T @ centred).eigenvectors
        turned = centred @ axes
    return turned.min(axis=0), turned.max(axis=0)


def log_inertias(users: np.ndarray, largest_k: int, seed: int) -> np.ndarray:
    """Fit k = 1, 2, ... clusters, fewer than there are distinct users.

    Returns
    -------
    ndarray of float64, shape (largest_k,)
        Natural logarithms of the inertias.
    """
    from sklearn.cluster import KMeans

    inertias = [np.square(users - users.mean(axis=0)).sum()]
    with one_thread():
        for k in range(2, largest_k + 1):
            fit = KMeans(k, n_init=GAP_STARTS, random_state=seed).fit(users)
            inertias.append(fit.inertia_)
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
        The k with the best score, the smaller k if scores are equal. If that is the
        largest k that has a score, a larger one might be better, and the criterion
        suggests none. For the gap, the smallest k whose gap is not below that of
        k + 1 less its deviation. Criteria that suggest no k are left out.
    """
    better = {
        "silhouette": scores["silhouette"],
        "calinski_harabasz": scores["calinski_harabasz"],
        "davies_bouldin": -scores["davies_bouldin"],
    }
    suggested = {}
    for name, values in better.items():
        scored = np.flatnonzero(~np.isnan(values))
        if len(scored) and (best := np.nanargmax(values)) < scored[-1]:
            suggested[name] = int(best) + 1
    gap, deviation = scores["gap"], scores["gap_deviation"]
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - deviation[1:])
    return suggested | ({"gap": int(enough[0]) + 1} if len(enough) else {})


def suggested_by(k: int, suggested: Mapping[str, int | None]) -> str:
    """List the criteria that suggest k: "elbow, silhouette"."""
    return ", ".join(name for name in CRITERIA if suggested.get(name) == k)
