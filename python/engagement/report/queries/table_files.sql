select
    source_file,
    record_count,
    accepted_count,
    rejected_count,
    file_bytes as size_bytes,
    loaded_at,
    passed_over_because
from marts.load_report
order by loaded_at desc nulls last, source_file asc
