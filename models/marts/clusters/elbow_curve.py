from engagement import fit


def model(dbt, session):
    """Fits of k = 1 to 10, and which criteria suggest which k; kept until a refit."""
    dbt.config(materialized="fit")
    meta = dbt.config.get("meta")
    period = fit.period_of(dbt.ref("engagement_period"))
    metrics = fit.metric_names(dbt.ref("engagement_metrics"))
    stored = fit.stored_fit(session, str(dbt.this))
    kept = fit.kept_fit(stored, meta, fit.CURVE, period)
    if kept is not None:
        return kept
    users = fit.metric_values(dbt.ref("user_engagement"), metrics)
    return fit.elbow_curve(users, meta["scaler"], fitted_days=period["covered_days"])
