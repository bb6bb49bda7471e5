select
    cluster_count as clusters_count,
    user_count,
    fitted_share,
    scaler,
    inertia,
    explained_variance as explained_share,
    fitted_at,
    seed,
    scikit_learn_version as scikit_learn
from marts.cluster_model
