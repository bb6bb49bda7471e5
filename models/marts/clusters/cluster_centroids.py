from datetime import UTC, datetime

from engagement.fit import clustering


def model(dbt, session):
    """Centroids and scaling of the clusters; kept until a refit is asked for."""
    dbt.config(materialized="fit")
    meta = dbt.config.get("meta")
    stored = clustering.stored_fit(session, str(dbt.this))
    kept = clustering.kept_fit(stored, meta, clustering.CENTROIDS)
    if kept is not None:
        return kept
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    fitted_at = datetime.now(UTC).replace(tzinfo=None)
    return clustering.cluster_centroids(metrics, meta["k"], meta["scaler"], fitted_at)
