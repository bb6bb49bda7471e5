{{ config(materialized="view") }}

{% set criteria = cluster_criteria() %}
{# At or below this, structure may be artificial: Kaufman, Rousseeuw (1990). #}
{% set weak_silhouette = 0.5 %}

with curve as (
    select * from {{ ref("elbow_curve") }}
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
)

select * from verdicts
