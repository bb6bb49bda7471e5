from engagement import clustering


def model(dbt, session):
    """Inertia for k = 1 to 10 and the elbow; kept until a refit is asked for."""
    dbt.config(materialized="incremental", unique_key="k", tags=["fit"])
    meta = dbt.config.get("meta")
    if dbt.is_incremental and not meta["refit"]:
        return session.sql(f"select * from {dbt.this}").df()
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    return clustering.elbow_curve(clustering.scale(metrics, meta["scaler"]))
