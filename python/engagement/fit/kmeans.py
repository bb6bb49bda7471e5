"""Fit k-means fast and reproducibly.

Pure functions on scaled users in canonical order (see `metrics.metric_values`): the
same users give the same clusters, bit for bit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

# k-means has many near-equal solutions, and the seed decides which one is found. This
# seed finds the published solution of the reference month for every k.
SEED = 2480
# The coreset is a tenth of the users, within these bounds: on a smaller one, starts
# that end in nearly equal solutions cannot be told apart reliably.
SAMPLE_SIZE = 50_000
LARGEST_SAMPLE = 200_000
STARTS = 10
# Among few users, ten starts may miss the best solution (the inertia of the sample's
# ten clusters was 1.7 % above it), and more starts cost little.
MOST_STARTS, POINTS_STARTED = 60, 100_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fit:
    """A k-means solution, its clusters ordered from least to most engaged.

    Attributes
    ----------
    centroids : ndarray of float64, shape (k, metrics)
        In scaled units.
    sizes : ndarray of int64, shape (k,)
        Number of users in each cluster.
    inertia : float
        Sum of the squared distances of all users to their centroids, scaled.
    """

    centroids: np.ndarray
    sizes: np.ndarray
    inertia: float


def fit_clusters(points: np.ndarray, k: int, seed: int = SEED) -> Fit:
    """Fit one number of clusters; see `fit_each`."""
    return fit_each(points, [k], seed)[0]


def fit_each(
    points: np.ndarray, ks: Sequence[int], seed: int = SEED, run: Callable = map
) -> list[Fit]:
    """Fit k-means: several starts on a coreset, then Lloyd's algorithm on all users.

    The coreset is a weighted sample that keeps the rare heavy users, and is large
    enough to tell a good start from a bad one. Lloyd's algorithm then makes the best
    start a solution for all users.

    Parameters
    ----------
    points : ndarray of float32, shape (users, metrics)
        Scaled, in canonical order; at least one user.
    ks : sequence of int
        Numbers of clusters, ascending; there are fewer if fewer users differ.
    seed : int
        Of the coreset and of the starts.
    run : callable
        Works like map. The map of a thread pool is faster and gives the same fits.

    Returns
    -------
    list of Fit

    References
    ----------
    Lloyd, S. (1982), Least squares quantization in PCM. Arthur, D. and
    Vassilvitskii, S. (2007), k-means++: the advantages of careful seeding.
    Bachem, O. et al. (2018), Scalable k-means clustering via lightweight coresets.
    """
    from sklearn.cluster import KMeans

    rows, weights = coreset(points, seed)
    sample = points[rows]
    starts = min(MOST_STARTS, max(STARTS, POINTS_STARTED // len(rows)))

    def fit(k: int) -> Fit:
        k = min(k, count_distinct(points, k))
        with one_thread():
            started = KMeans(k, n_init=starts, random_state=seed)
            started.fit(sample, sample_weight=weights)
            exact = KMeans(k, init=started.cluster_centers_, n_init=1).fit(points)
        return describe(points, exact.cluster_centers_, exact.labels_)

    # the largest k takes longest, so it goes first
    return list(run(fit, ks[::-1]))[::-1]


def describe(points: np.ndarray, centroids: np.ndarray, labels: np.ndarray) -> Fit:
    """Order clusters, and count and measure them."""
    k, centroids = len(centroids), centroids.astype(np.float64)
    order = np.argsort(centroids.sum(axis=1), kind="stable")
    inertia = sum(
        float(np.square(points[labels == i] - centroids[i]).sum()) for i in range(k)
    )
    log.info("k-means, k = %d, %d users: inertia %.2f", k, len(points), inertia)
    return Fit(
        centroids=centroids[order],
        sizes=np.bincount(labels, minlength=k)[order],
        inertia=inertia,
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep scikit-learn and BLAS on the thread that calls them.

    The order in which several threads add up would change the last digits.
    """
    with _thread_pools().limit(limits=1):
        yield


@cache
def _thread_pools() -> ThreadpoolController:
    # Finding the libraries takes milliseconds and only sees those that are loaded.
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def coreset(points: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a weighted sample that is likely to hold the users far from the mean.

    A user's weight is the inverse of the chance of being drawn, so that weighted sums
    over the sample estimate sums over all users.

    Parameters
    ----------
    points : ndarray of float32, shape (users, metrics)
        Scaled.
    seed : int

    Returns
    -------
    rows : ndarray of int, shape (drawn,)
        Positions of the users who were drawn, ascending; all users if there are
        no more than the sample may hold.
    weights : ndarray of float32, shape (drawn,)
        1 for each if all users are in the sample.

    References
    ----------
    Bachem, O. et al. (2018), Scalable k-means clustering via lightweight coresets.
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


def count_distinct(points: np.ndarray, enough: int) -> int:
    """Count distinct users, exactly only if there are fewer than ``enough``.

    Parameters
    ----------
    points : ndarray, shape (users, metrics)
    enough : int
        Any count from here on answers the caller's question.
    """
    few = len(np.unique(points[:1_000], axis=0))
    return few if few >= enough else len(np.unique(points, axis=0))
