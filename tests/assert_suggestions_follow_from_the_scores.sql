-- Else the verdict on k rests on votes that do not follow from the scores.
{% set scored = ["silhouette", "calinski_harabasz", "davies_bouldin"] %}

with curve as (
    select * from {{ ref("elbow_curve") }}
),

best as (
    select
        {% for criterion in scored %}
        max(case when {{ criterion }} is not null then k end)
            as {{ criterion }}_until,
        {% endfor %}
        max(silhouette) as silhouette,
        max(calinski_harabasz) as calinski_harabasz,
        min(davies_bouldin) as davies_bouldin,
        min(k) as first_k,
        max(k) as last_k
    from curve
),

gaps as (
    select
        k,
        gap >= lead(gap - gap_deviation) over (order by k asc) as is_enough
    from curve
),

expected as (
    {% for criterion in scored %}
    select
        '{{ criterion }}' as criterion,
        nullif(min(curve.k), min(best.{{ criterion }}_until)) as k
    from curve
    inner join best on curve.{{ criterion }} = best.{{ criterion }}
    union all
    {% endfor %}
    select
        'elbow' as criterion,
        min(curve.k) as k
    from curve
    inner join best on curve.k > best.first_k and curve.k < best.last_k
    where curve.is_elbow
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
