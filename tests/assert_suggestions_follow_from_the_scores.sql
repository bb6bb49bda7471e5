-- Else the verdict on k rests on votes that do not follow from the scores.
with curve as (
    select * from {{ ref("elbow_curve") }}
),

best as (
    select
        max(silhouette) as silhouette,
        max(calinski_harabasz) as calinski_harabasz,
        min(davies_bouldin) as davies_bouldin
    from curve
),

gaps as (
    select
        k,
        gap >= lead(gap - gap_deviation) over (order by k asc) as is_enough
    from curve
),

expected as (
    {% for criterion in ["silhouette", "calinski_harabasz", "davies_bouldin"] %}
    select
        '{{ criterion }}' as criterion,
        min(curve.k) as k
    from curve
    inner join best on curve.{{ criterion }} = best.{{ criterion }}
    union all
    {% endfor %}
    select
        'elbow' as criterion,
        min(k) as k
    from curve
    where is_elbow
    union all
    select
        'gap' as criterion,
        min(k) as k
    from gaps
    where is_enough
)

select
    expected.criterion,
    expected.k as expected_k,
    curve.k,
    curve.suggested_by
from expected
cross join curve
where
    coalesce(expected.k = curve.k, false)
    <> (curve.suggested_by like '%' || expected.criterion || '%')
