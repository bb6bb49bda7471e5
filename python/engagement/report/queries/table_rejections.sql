with reasons as (
    select
        rejection_reason as reason,
        count(*) as record_count
    from marts.rejected_records
    group by rejection_reason
),

records as (
    select sum(record_count) as record_total
    from marts.load_report
)

select
    reasons.reason,
    reasons.record_count,
    reasons.record_count / records.record_total as record_share
from reasons
cross join records
order by reasons.record_count desc, reasons.reason asc
