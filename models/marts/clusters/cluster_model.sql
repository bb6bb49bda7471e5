{% set criteria = cluster_criteria() %}

with clusters as (
    select
        max(fitted_at) as fitted_at,
        max(fitted_share) as fitted_share,
        cast(sum(user_count) as bigint) as user_count,
        max(scaler) as scaler,
        count(*) as cluster_count,
        max(seed) as seed,
        max(scikit_learn_version) as scikit_learn_version,
        max(inertia) as inertia
    from {{ ref("cluster_centroids") }}
    having count(*) > 0
),

cluster_model as (
    select
        clusters.*,
        1 - curve.inertia / verdicts.inertia_of_one as explained_variance,
        {% for criterion in criteria %}
        verdicts.{{ criterion }}_k,
        {% endfor %}
        verdicts.majority_k,
        verdicts.vote_count,
        verdicts.verdict
    from clusters
    cross join {{ ref("int_cluster_verdict") }} as verdicts
    left join {{ ref("elbow_curve") }} as curve
        on clusters.cluster_count = curve.k
)

select * from cluster_model
