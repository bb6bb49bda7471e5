"""Fit the clusters on Spark, where dbt's session cannot run Python models."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from engagement.fit import tables
from engagement.spark.session import Project, SparkError

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

CURVE, CENTROIDS = "elbow_curve", "cluster_centroids"


def fit(variables: str, most_users: int) -> list[str]:
    """Fit the elbow curve and the clusters, and store both as tables.

    A stored fit is kept if `tables.kept_fit` says so. A change of the metrics
    invalidates both.

    Parameters
    ----------
    variables : str
        YAML, as dbt's ``--vars``.
    most_users : int
        Above this many users, a fixed sample of about this size is used.

    Returns
    -------
    list of str
        A sentence for each table that says what was done.

    Raises
    ------
    SparkError
        If a mart is missing or Spark cannot be used.
    """
    project = Project(variables)
    session = project.session
    users, listed, periods = map(
        project.relation, ("user_engagement", "engagement_metrics", "engagement_period")
    )
    for table in (users, listed, periods):
        if not session.catalog.tableExists(table):
            raise SparkError(
                f"There is no table {table} yet: run `dbt build --target spark "
                "--exclude tag:fit+` first."
            )
    rows = session.table(listed).orderBy("metric_rank").collect()
    metrics = [row["metric"] for row in rows]
    period = session.table(periods).first().asDict()
    columns = {CURVE: tables.CURVE, CENTROIDS: tables.centroid_columns(metrics)}
    stored = {name: _stored(session, project.relation(name)) for name in columns}
    centroids = stored[CENTROIDS]
    if centroids is None or set(centroids.columns) != set(columns[CENTROIDS]):
        stored = dict.fromkeys(columns)

    @cache
    def values() -> tuple[np.ndarray, float]:
        return read_metrics(session, users, metrics, most_users)

    told = []
    for name in columns:
        settings, table = project.nodes[name].config.meta, project.relation(name)
        kept = tables.kept_fit(stored[name], settings, columns[name], period)
        if kept is not None:
            told.append(f"{table}: kept, since the stored fit is still valid")
            continue
        found, share = values()
        if name == CURVE:
            days = period["covered_days"]
            frame = tables.elbow_curve(found, settings["scaler"], days)
        else:
            fitted_at = datetime.now(UTC).replace(tzinfo=None)
            frame = tables.cluster_centroids(
                *(found, metrics, settings["k"], settings["scaler"]),
                *(fitted_at, period["covered_days"], share),
            )
        _store(session, table, frame)
        told.append(f"{table}: fitted on {len(found):,} users, {share:.4g} of all")
    return told


def read_metrics(
    session: SparkSession, table: str, metrics: list[str], most_users: int
) -> tuple[np.ndarray, float]:
    """Fetch the metrics of all users, or of a sample, in canonical order.

    A sample consists of the users whose hash is below a limit, so it does not depend
    on their order or on the cluster, and changes little when users are added.

    Returns
    -------
    values : ndarray of float64, shape (users, metrics)
    share : float
        The share of all users that were fetched.
    """
    users = session.table(table)
    count = users.count()
    if count > most_users:
        buckets = 1 << 20
        least = max(1, buckets * most_users // count)
        users = users.where(f"pmod(xxhash64(user_id), {buckets}) < {least}")
    fetched = users.select(*metrics).toArrow()
    values = np.column_stack(
        [fetched[metric].to_numpy().astype(np.float64) for metric in metrics]
    )
    order = np.lexsort(values.T[::-1])
    return values[order], len(values) / max(count, 1)


def _stored(session: SparkSession, table: str) -> pd.DataFrame | None:
    if not session.catalog.tableExists(table):
        return None
    return session.table(table).toArrow().to_pandas()


def _store(session: SparkSession, table: str, frame: pd.DataFrame) -> None:
    """Store a frame as a table, in place of an existing one."""
    import pyarrow

    times = frame.select_dtypes("datetime").apply(lambda c: c.dt.tz_localize("UTC"))
    rows = pyarrow.Table.from_pandas(frame.assign(**times), preserve_index=False)
    session.createDataFrame(rows).write.mode("overwrite").saveAsTable(table)
