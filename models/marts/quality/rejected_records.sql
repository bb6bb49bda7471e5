with records as (
    select * from {{ ref("int_records_checked") }}
),

rejected as (
    select
        source_file,
        rejection_reason,
        rejection_detail,
        coalesce(raw_user_id, user_id) as raw_user_id,
        coalesce(raw_started_at, cast(started_at as {{ dbt.type_string() }}))
            as raw_started_at,
        coalesce(raw_ended_at, cast(ended_at as {{ dbt.type_string() }}))
            as raw_ended_at,
        location
    from records
    where rejection_reason is not null
    order by
        source_file asc nulls last,
        rejection_reason asc nulls last,
        raw_user_id asc nulls last,
        raw_ended_at asc nulls last,
        raw_started_at asc nulls last,
        location asc nulls last,
        rejection_detail asc nulls last
)

select * from rejected
