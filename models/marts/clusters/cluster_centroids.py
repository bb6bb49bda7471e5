from engagement import clustering


def model(dbt, session):
    """Centroids and scaling of the clusters; kept until a refit is asked for."""
    dbt.config(materialized="incremental", unique_key="cluster_id", tags=["fit"])
    meta = dbt.config.get("meta")
    if dbt.is_incremental and not meta["refit"]:
        kept = session.sql(f"select * from {dbt.this}").df()
        if len(kept) == meta["k"] and set(kept["scaler"]) == {meta["scaler"]}:
            return kept
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    scaled = clustering.scale(metrics, meta["scaler"])
    return clustering.cluster_centroids(scaled, meta["k"])
