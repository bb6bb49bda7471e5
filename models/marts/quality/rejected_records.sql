with records as (
    select * from {{ ref("int_records_checked") }}
),

rejected as (
    select
        source_file,
        line_number,
        rejection_reason,
        rejection_detail,
        coalesce(raw_user_id, user_id) as raw_user_id,
        raw_started_at,
        raw_ended_at,
        location
    from records
    where rejection_reason is not null
    order by
        source_file asc nulls last,
        line_number asc nulls last,
        rejection_reason asc nulls last,
        raw_user_id asc nulls last,
        raw_ended_at asc nulls last,
        raw_started_at asc nulls last,
        location asc nulls last,
        rejection_detail asc nulls last
)

select * from rejected
