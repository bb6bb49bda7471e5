from engagement.fit import clustering


def model(dbt, session):
    """Fits of k = 1 to 10 and who suggests which; kept until a refit is asked for."""
    dbt.config(materialized="fit")
    meta = dbt.config.get("meta")
    stored = clustering.stored_fit(session, str(dbt.this))
    kept = clustering.kept_fit(stored, meta, clustering.CURVE)
    if kept is not None:
        return kept
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    return clustering.elbow_curve(metrics, meta["scaler"])
