{{ config(materialized="view") }}

{% set metrics = metric_names() %}
{% set ids = range(1, var("cluster_count") + 1) | list %}
{% set distances = "distance_" ~ ids | join(", distance_") %}

-- users of the period before are scored with today's centroids
with users as (
    select
        'now' as period,
        user_id,
        {{ metrics | join(",\n        ") }},
        engagement_score
    from {{ ref("user_engagement") }}
    union all
    select
        'before' as period,
        user_id,
        {{ metrics | join(",\n        ") }},
        null as engagement_score
    from {{ ref("int_users_before") }}
),

centroids as (
    select * from {{ ref("cluster_centroids") }}
),

model as (
    select
        {% for metric in metrics %}
        {% for id in ids %}
        max(case when cluster_id = {{ id }} then {{ metric }}_centroid end)
            as {{ metric }}_{{ id }},
        {% endfor %}
        max({{ metric }}_offset) as {{ metric }}_offset,
        -- a metric that did not vary parts nobody, nor in the period before
        max(case when {{ metric }}_varies then {{ metric }}_scale end)
            as {{ metric }}_scale,
        {% endfor %}
        max(scaler) as scaler
    from centroids
),

scaled as (
    select
        users.*,
        {% for metric in metrics %}
        coalesce((
            case
                when model.scaler = 'log_standard'
                    then ln(1 + cast(users.{{ metric }} as double))
                else cast(users.{{ metric }} as double)
            end - model.{{ metric }}_offset
        ) / model.{{ metric }}_scale, 0) as {{ metric }}_scaled,
        {% endfor %}
        {% for metric in metrics %}
        {% for id in ids %}
        model.{{ metric }}_{{ id }},
        {% endfor %}
        {% endfor %}
        model.scaler
    from users
    cross join model
),

distances as (
    select
        period,
        user_id,
        {% for id in ids %}
        {% for metric in metrics %}
        power({{ metric }}_scaled - {{ metric }}_{{ id }}, 2)
        {{- " + " if not loop.last }}
        {% endfor %}
            as distance_{{ id }},
        {% endfor %}
        {{ metrics | join(",\n        ") }},
        engagement_score
    from scaled
),

nearest as (
    select
        *,
        least({{ distances }}) as distance
    from distances
),

assigned as (
    select
        *,
        case distance
            {% for id in ids %}
            when distance_{{ id }} then {{ id }}
            {% endfor %}
        end as cluster_id
    from nearest
),

scored as (
    select
        assigned.period,
        assigned.user_id,
        cast(assigned.cluster_id as bigint) as cluster_id,
        centroids.cluster_name,
        {% for metric in metrics %}
        assigned.{{ metric }},
        {% endfor %}
        assigned.engagement_score,
        sqrt(assigned.distance_1) as distance_to_least_engaged
    from assigned
    inner join centroids on assigned.cluster_id = centroids.cluster_id
)

select * from scored
