select
    elbow_curve.k,
    elbow_curve.inertia,
    elbow_curve.silhouette,
    elbow_curve.calinski_harabasz,
    elbow_curve.davies_bouldin,
    elbow_curve.gap,
    elbow_curve.gap_deviation,
    elbow_curve.suggested_by,
    cluster_model.verdict,
    cluster_model.cluster_count
from marts.elbow_curve
cross join marts.cluster_model
order by elbow_curve.k
