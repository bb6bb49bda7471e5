from engagement import clustering


def model(dbt, session):
    """Inertia for k = 1 to 10 and the elbow; kept until a refit is asked for."""
    dbt.config(materialized="incremental", incremental_strategy="replace")
    meta = dbt.config.get("meta")
    kept = clustering.kept_fit(dbt, session, meta)
    if kept is not None:
        return kept
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    return clustering.elbow_curve(metrics, meta["scaler"])
