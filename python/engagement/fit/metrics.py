"""Read from DuckDB what a fit needs: metrics, users' values, the stored fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection, DuckDBPyRelation


def metric_names(listed: DuckDBPyRelation) -> list[str]:
    """Fetch the names of the metrics, in the order in which they are listed.

    Parameters
    ----------
    listed : DuckDBPyRelation
        The mart engagement_metrics.

    Returns
    -------
    list of str
        Columns of user_engagement.
    """
    rows = listed.project("metric_rank, metric").order("metric_rank").fetchall()
    return [name for _, name in rows]


def metric_values(users: DuckDBPyRelation, metrics: Sequence[str]) -> np.ndarray:
    """Fetch the metrics of all users in canonical order.

    Canonical order means sorted by all metrics, the first metric first. A fit
    then depends on who the users are, and not on the order in which a parallel
    query returned them.

    Parameters
    ----------
    users : DuckDBPyRelation
        The mart user_engagement.
    metrics : sequence of str
        Columns to fetch; see `metric_names`.

    Returns
    -------
    ndarray of float64, shape (users, metrics)
        In the units of the mart: counts, milliseconds, bytes.
    """
    columns = ", ".join(metrics)
    fetched = users.project(columns).order(columns).fetchnumpy()
    values = np.empty((len(fetched[metrics[0]]), len(metrics)))
    for i, metric in enumerate(metrics):
        values[:, i] = fetched.pop(metric)  # each column is freed once copied
    return values


def period_of(period: DuckDBPyRelation) -> dict[str, Any]:
    """Fetch the one row of the mart engagement_period, by column."""
    return dict(zip(period.columns, *period.limit(1).fetchall(), strict=True))


def stored_fit(session: DuckDBPyConnection, table: str) -> pd.DataFrame | None:
    """Fetch what an earlier build fitted, or None if there is no such table."""
    import duckdb

    try:
        return session.table(table).df()
    except duckdb.CatalogException:
        return None
