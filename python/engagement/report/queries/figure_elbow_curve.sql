select
    k,
    inertia,
    is_elbow
from marts.elbow_curve
order by k
