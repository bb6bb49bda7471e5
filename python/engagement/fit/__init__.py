"""Fit clusters of users, and judge how many clusters there should be.

The package computes; what it reads and writes is up to dbt's Python models in
``models/marts/clusters`` and to ``engagement fit``.
"""

from engagement.fit.metrics import metric_names, metric_values, period_of, stored_fit
from engagement.fit.tables import (
    CURVE,
    centroid_columns,
    cluster_centroids,
    elbow_curve,
    kept_fit,
)

__all__ = [
    "CURVE",
    "centroid_columns",
    "cluster_centroids",
    "elbow_curve",
    "kept_fit",
    "metric_names",
    "metric_values",
    "period_of",
    "stored_fit",
]
