-- Else a list of top users lacks users that belong in it.
with expected as (
    select least(count(*), {{ var("top_n") }}) as row_count
    from {{ ref("user_engagement") }}
),

found as (
    select
        metrics.metric,
        count(top_users.user_id) as row_count
    from (
        values ('session_count'), ('duration_ms'), ('total_bytes')
    ) as metrics (metric)
    left join {{ ref("top_users") }} as top_users
        on metrics.metric = top_users.metric
    group by metrics.metric
)

select
    found.metric,
    found.row_count,
    expected.row_count as expected_count
from found
cross join expected
where found.row_count <> expected.row_count
