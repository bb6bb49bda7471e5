select
    k,
    inertia,
    silhouette as silhouette_index,
    calinski_harabasz as calinski_harabasz_index,
    davies_bouldin as davies_bouldin_index,
    gap as gap_index,
    suggested_by
from marts.elbow_curve
order by k
