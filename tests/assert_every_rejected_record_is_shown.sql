-- Else a record is rejected and nobody can see which one.
with reported as (
    select
        source_file,
        rejected_count as record_count
    from {{ ref("load_report") }}
    where rejected_count > 0
),

shown as (
    select
        source_file,
        count(*) as record_count
    from {{ ref("rejected_records") }}
    group by source_file
)

select
    coalesce(reported.source_file, shown.source_file) as source_file,
    reported.record_count as reported_count,
    shown.record_count as shown_count
from reported
full outer join shown on reported.source_file = shown.source_file
where coalesce(reported.record_count, 0) <> coalesce(shown.record_count, 0)
