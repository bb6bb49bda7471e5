"""The elbow as it is usually made: several starts on all users for each k."""

from __future__ import annotations

import json
import sys

import numpy as np
from common import FILES
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler


def fit(points: np.ndarray, k: int) -> KMeans:
    """Fit k clusters, with as many starts as the command line says, or auto."""
    starts = sys.argv[1]
    starts = starts if starts == "auto" else int(starts)
    return KMeans(k, n_init=starts, random_state=0).fit(points)


if __name__ == "__main__":
    points = StandardScaler().fit_transform(np.load(FILES / "metrics.npy"))
    print(json.dumps([fit(points, k).inertia_ for k in range(1, 11)]))
