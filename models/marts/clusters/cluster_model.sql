{% set criteria = [
    "elbow", "silhouette", "calinski_harabasz", "davies_bouldin", "gap"
] %}
{# At or below this, structure may be artificial: Kaufman, Rousseeuw (1990). #}
{% set weak_silhouette = 0.5 %}

with curve as (
    select * from {{ ref("elbow_curve") }}
),

clusters as (
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

suggested as (
    select
        {% for criterion in criteria %}
        min(case when suggested_by like '%{{ criterion }}%' then k end)
            as {{ criterion }}_k,
        {% endfor %}
        max(silhouette) as best_silhouette,
        max(case when k = 1 and inertia > 0 then inertia end) as inertia_of_one
    from curve
),

-- The one place that decides whether there is cluster structure.
structured as (
    select * from suggested
    where
        coalesce(gap_k > 1, true)
        or coalesce(best_silhouette > {{ weak_silhouette }}, false)
),

votes as (
    select
        k,
        count(*) as vote_count,
        sum(count(*)) over () as voter_count
    from structured
    unpivot (
        k for criterion in (
            {% for criterion in criteria %}
            {{ criterion }}_k{{ "," if not loop.last }}
            {% endfor %}
        )
    )
    group by k
),

majority as (
    select * from votes
    where k > 1
    order by vote_count desc nulls last, k asc nulls last
    limit 1
),

verdicts as (
    select
        suggested.*,
        majority.k as majority_k,
        majority.vote_count,
        case
            when 2 * majority.vote_count > majority.voter_count
                then
                    majority.vote_count || ' of ' || majority.voter_count
                    || ' criteria suggest k = ' || majority.k
                    || case
                        when suggested.gap_k = 1
                            then ', but one is enough by the gap statistic.'
                        else '.'
                    end
            when majority.k > 1
                then 'The criteria disagree on k: ' || concat_ws(
                    ', ',
                    {% for criterion in criteria %}
                    '{{ criterion | replace("_", "-") }} '
                    || suggested.{{ criterion }}_k
                    {{- "," if not loop.last }}
                    {% endfor %}
                ) || '.'
            when suggested.gap_k = 1
                then
                    'There is no cluster structure: one cluster is enough by '
                    || 'the gap statistic, and by silhouette none stand apart.'
            else 'No criterion suggests a k: too few users differ.'
        end as verdict
    from suggested
    left join majority on true
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
    cross join verdicts
    left join curve on clusters.cluster_count = curve.k
)

select * from cluster_model
