from engagement.fit import clustering


def model(dbt, session):
    """Fits of k = 1 to 10 and who suggests which; kept until a refit is asked for."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        on_schema_change="sync_all_columns",
    )
    meta = dbt.config.get("meta")
    stored = None
    if dbt.is_incremental:
        stored = session.sql(f"select * from {dbt.this}").df()
    kept = clustering.kept_fit(stored, meta, clustering.CURVE)
    if kept is not None:
        return kept
    metrics = clustering.metrics_of(dbt.ref("user_engagement"))
    return clustering.elbow_curve(metrics, meta["scaler"])
