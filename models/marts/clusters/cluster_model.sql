{% set criteria = cluster_criteria() %}
{% set metrics = metric_names() %}

{# Siddiqi (2006): above 0.25 the population has shifted; a share has a floor #}
{% set least_share = 0.0001 %}
{% set refit_above = 0.25 %}

with centroids as (
    select
        *,
        cast(user_count as double) / sum(user_count) over () as share_fitted
    from {{ ref("cluster_centroids") }}
),

clusters as (
    select
        max(fitted_at) as fitted_at,
        max(fitted_days) as fitted_days,
        max(fitted_share) as fitted_share,
        cast(sum(user_count) as bigint) as user_count,
        concat_ws(
            ', ',
            {% for metric in metrics %}
            case when max({{ metric }}_varies) then '{{ metric }}' end
            {{- "," if not loop.last }}
            {% endfor %}
        ) as fitted_metrics,
        max(scaler) as scaler,
        count(*) as cluster_count,
        max(seed) as seed,
        max(scikit_learn_version) as scikit_learn_version,
        max(inertia) as inertia
    from centroids
    having count(*) > 0
),

users_now as (
    select
        cluster_id,
        cast(count(*) as double) / sum(count(*)) over () as share_now
    from {{ ref("user_clusters") }}
    group by cluster_id
),

shares as (
    select
        greatest(centroids.share_fitted, {{ least_share }}) as share_fitted,
        greatest(coalesce(users_now.share_now, 0), {{ least_share }})
            as share_now
    from centroids
    left join users_now on centroids.cluster_id = users_now.cluster_id
),

shift as (
    select
        sum((share_now - share_fitted) * ln(share_now / share_fitted))
            as population_stability_index
    from shares
),

cluster_model as (
    select
        clusters.*,
        shift.population_stability_index,
        shift.population_stability_index > {{ refit_above }} as needs_refit,
        1 - curve.inertia / verdicts.inertia_of_one as explained_variance,
        {% for criterion in criteria %}
        verdicts.{{ criterion }}_k,
        {% endfor %}
        verdicts.majority_k,
        verdicts.vote_count,
        verdicts.verdict
    from clusters
    cross join shift
    cross join {{ ref("int_cluster_verdict") }} as verdicts
    left join {{ ref("elbow_curve") }} as curve
        on clusters.cluster_count = curve.k
)

select * from cluster_model
