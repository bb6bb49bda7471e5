from engagement import fit


def model(dbt, session):
    """Fits of k = 1 to 10, and which criteria suggest which k; kept until a refit."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="replace",
        on_schema_change="sync_all_columns",
    )
    meta = dbt.config.get("meta")
    stored = None
    if dbt.is_incremental:
        stored = session.sql(f"select * from {dbt.this}").df()
    kept = fit.kept_fit(stored, meta, fit.CURVE)
    if kept is not None:
        return kept
    metrics = fit.metric_names(dbt.ref("engagement_metrics"))
    users = fit.metric_values(dbt.ref("user_engagement"), metrics)
    return fit.elbow_curve(users, meta["scaler"])
