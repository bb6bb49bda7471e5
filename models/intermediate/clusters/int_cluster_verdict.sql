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
        min(case when suggested_by <> '' then k end) as smallest_k,
        max(case when suggested_by <> '' then k end) as largest_k,
        max(silhouette) as best_silhouette,
        max(case when k = 1 and inertia > 0 then inertia end) as inertia_of_one
    from curve
),

-- The one place that decides whether there is cluster structure.
judged as (
    select
        *,
        coalesce(gap_k > 1, true)
        or coalesce(best_silhouette > {{ weak_silhouette }}, true)
            as has_structure
    from suggested
),

majority as (
    select
        k as majority_k,
        count(*) as vote_count
    from judged
    unpivot (
        k for criterion in (
            {% for criterion in criteria %}
            {{ criterion }}_k{{ "," if not loop.last }}
            {% endfor %}
        )
    )
    where has_structure
    group by k
    having 2 * count(*) > {{ criteria | length }}
),

verdicts as (
    select
        judged.*,
        majority.majority_k,
        majority.vote_count,
        case
            when not judged.has_structure
                then
                    'The criteria show no cluster structure: one cluster is '
                    || 'enough by the gap statistic, and no silhouette is '
                    || 'above {{ weak_silhouette }}.'
            when majority.majority_k is not null
                then
                    majority.vote_count || ' of {{ criteria | length }} '
                    || 'criteria suggest k = ' || majority.majority_k
                    || case
                        when judged.gap_k = 1
                            then ', but one is enough by the gap statistic.'
                        else '.'
                    end
            when judged.smallest_k is not null
                then case
                    when judged.smallest_k < judged.largest_k
                        then 'The criteria disagree on k: '
                    else 'Most criteria suggest no k: '
                end || concat_ws(
                    ', ',
                    {% for criterion in criteria %}
                    {% set name = criterion | replace("_", "-") %}
                    coalesce(
                        '{{ name }} ' || judged.{{ criterion }}_k,
                        '{{ name }} none'
                    ){{ "," if not loop.last }}
                    {% endfor %}
                ) || '.'
            when judged.best_silhouette is null
                then 'No criterion suggests a k: too few users differ.'
            else 'No criterion suggests a k.'
        end as verdict
    from judged
    left join majority on true
)

select * from verdicts
