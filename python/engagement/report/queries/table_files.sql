select
    source_file,
    record_count,
    accepted_count,
    rejected_count,
    file_bytes as size_bytes,
    loaded_at
from marts.load_report
order by loaded_at desc, source_file asc
