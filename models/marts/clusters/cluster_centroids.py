from datetime import UTC, datetime

from engagement import fit


def model(dbt, session):
    """Centroids and scaling of the clusters; kept until a refit is asked for."""
    dbt.config(materialized="fit")
    meta = dbt.config.get("meta")
    period = fit.period_of(dbt.ref("engagement_period"))
    metrics = fit.metric_names(dbt.ref("engagement_metrics"))
    stored = fit.stored_fit(session, str(dbt.this))
    kept = fit.kept_fit(stored, meta, fit.centroid_columns(metrics), period)
    if kept is not None:
        return kept
    return fit.cluster_centroids(
        fit.metric_values(dbt.ref("user_engagement"), metrics),
        metrics,
        meta["k"],
        meta["scaler"],
        fitted_at=datetime.now(UTC).replace(tzinfo=None),
        fitted_days=period["covered_days"],
    )
