"""Fit the clusters of marts on Spark, whose dbt session runs no Python models."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from engagement.fit import clustering
from engagement.spark.session import Project, SparkError

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession


def fit(variables: str, most_users: int) -> list[str]:
    """Fit elbow and clusters on the users in the mart and store both for SQL.

    What an earlier fit stored stays where `clustering.kept_fit` says so.

    Parameters
    ----------
    variables : str
        YAML, as dbt's ``--vars``.
    most_users : int
        Of more users, those whose hash is small are read, about so many.

    Returns
    -------
    list of str
        What was done, a sentence for each table.

    Raises
    ------
    SparkError
        If the mart is not there or Spark cannot be used.
    """
    project = Project(variables)
    source = project.relation("user_engagement")
    if not project.session.catalog.tableExists(source):
        raise SparkError(
            f"There is no table {source} yet: run `dbt build --target spark "
            "--exclude tag:fit+` first."
        )
    read = cache(partial(read_metrics, project.session, source, most_users))
    fitted_at = datetime.now(UTC).replace(tzinfo=None)
    fits = {
        "elbow_curve": (
            clustering.CURVE,
            lambda settings: clustering.elbow_curve(read()[0], settings["scaler"]),
        ),
        "cluster_centroids": (
            clustering.CENTROIDS,
            lambda settings: clustering.cluster_centroids(
                read()[0], settings["k"], settings["scaler"], fitted_at, read()[1]
            ),
        ),
    }
    told = []
    for name, (columns, fit_anew) in fits.items():
        settings = project.nodes[name].config.meta
        table = project.relation(name)
        stored = None
        if project.session.catalog.tableExists(table):
            stored = project.session.table(table).toArrow().to_pandas()
        if clustering.kept_fit(stored, settings, columns) is not None:
            told.append(f"{table}: kept, since a fit is there")
            continue
        store(project.session, table, fit_anew(settings))
        users, share = read()
        told.append(f"{table}: fitted on {len(users):,} users, {share:.4g} of all")
    return told


def read_metrics(
    session: SparkSession, table: str, most_users: int
) -> tuple[np.ndarray, float]:
    """Fetch the metrics of all users, or of a sample, in canonical order.

    A sample holds the users whose hash is small, so it is the same in any order and
    on any cluster, and a user stays in it while others come.

    Returns
    -------
    values : ndarray of float64, shape (users, metrics)
    share : float
        Of all users, those that were fetched.
    """
    users = session.table(table)
    count = users.count()
    if count > most_users:
        buckets = 1 << 20
        least = max(1, buckets * most_users // count)
        users = users.where(f"pmod(xxhash64(user_id), {buckets}) < {least}")
    fetched = users.select(*clustering.METRICS).toArrow()
    values = np.column_stack(
        [fetched[metric].to_numpy().astype(np.float64) for metric in clustering.METRICS]
    )
    order = np.lexsort(values.T[::-1])
    return values[order], len(values) / max(count, 1)


def store(session: SparkSession, table: str, frame: pd.DataFrame) -> None:
    """Store a frame as a table, in place of the one that is there."""
    import pyarrow

    times = frame.select_dtypes("datetime").apply(lambda c: c.dt.tz_localize("UTC"))
    rows = pyarrow.Table.from_pandas(frame.assign(**times), preserve_index=False)
    session.createDataFrame(rows).write.mode("overwrite").saveAsTable(table)
