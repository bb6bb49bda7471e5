"""Bring metrics of different units to a common scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SCALERS = ("standard", "minmax", "robust", "log_standard")


@dataclass(frozen=True)
class Scaled:
    """Metrics on a common scale: ``points = (values - offset) / scale``.

    For ``log_standard``, ``values`` in this formula means ``ln(1 + value)``.

    Attributes
    ----------
    points : ndarray of float32, shape (users, metrics that vary)
        Without a unit. If no metric varies, one column of zeros.
    varies : ndarray of bool, shape (metrics,)
        Whether two users differ in the metric. One that is the same for all says
        nothing of them, so clusters are not fitted by it.
    offset, scale : ndarray of float64, shape (metrics,)
        In the metrics' units; logarithms of them for ``log_standard``.
    """

    points: np.ndarray
    varies: np.ndarray
    offset: np.ndarray
    scale: np.ndarray


def scale(values: np.ndarray, scaler: str = "standard") -> Scaled:
    """Scale each metric independently of the others.

    A metric that has the same value for all users is left out of the points.

    Parameters
    ----------
    values : ndarray, shape (users, metrics)
        In the metrics' units; at least one user.
    scaler : str
        One of `SCALERS`: ``standard`` (mean and standard deviation), ``minmax``
        (minimum and range), ``robust`` (median and interquartile range), or
        ``log_standard`` (``standard`` of ``ln(1 + value)``, for metrics that a
        few users dominate).

    Returns
    -------
    Scaled

    Raises
    ------
    ValueError
        If the scaler is unknown or there are no users.
    """
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    if scaler not in SCALERS:
        raise ValueError(
            f"cluster_scaler must be one of {', '.join(SCALERS)}, not {scaler!r}"
        )
    if not len(values):
        raise ValueError("there are no users to scale")
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
    varies = values.min(axis=0) < values.max(axis=0)
    points = np.zeros((len(values), max(1, varies.sum())), np.float32)
    for column, i in enumerate(np.flatnonzero(varies)):
        points[:, column] = (values[:, i] - offset[i]) / width[i]
    return Scaled(points, varies, offset, width)
