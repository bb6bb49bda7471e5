select
    cluster_count as clusters_count,
    user_count,
    fitted_share,
    fitted_metrics,
    scaler,
    inertia,
    explained_variance as explained_share,
    fitted_at,
    fitted_days,
    population_stability_index,
    needs_refit,
    seed,
    scikit_learn_version as scikit_learn
from marts.cluster_model
