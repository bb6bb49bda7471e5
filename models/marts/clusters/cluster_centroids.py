from engagement import clustering


def model(dbt, session):
    """Centroids and scaling of the clusters; kept until a refit is asked for."""
    dbt.config(materialized="incremental", incremental_strategy="replace")
    meta = dbt.config.get("meta")
    kept = clustering.kept_fit(dbt, session, meta)
    if kept is not None and len(kept) == meta["k"]:
        return kept
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    return clustering.cluster_centroids(metrics, meta["k"], meta["scaler"])
