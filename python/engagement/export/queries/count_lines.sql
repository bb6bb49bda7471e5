-- Reads the view lines (source_file, is_plain) once, into a table: the reader
-- lists the lines it rejects only after all lines have been read.
create or replace temporary table counted_lines as
select
    source_file,
    count(*) as line_count,
    bool_and(is_plain) as is_plain
from lines
group by source_file;

create or replace temporary table counted as
with uncounted as (
    select
        scans.file_path as source_file,
        count(distinct errors.line) as line_count
    from uncounted_lines as errors
    inner join uncounted_scans as scans
        on errors.scan_id = scans.scan_id and errors.file_id = scans.file_id
    group by scans.file_path
)

select
    coalesce(counted_lines.source_file, uncounted.source_file) as source_file,
    coalesce(counted_lines.line_count, 0) + coalesce(uncounted.line_count, 0)
        as record_count,
    coalesce(counted_lines.is_plain, true) and uncounted.line_count is null
        as is_plain
from counted_lines
full outer join uncounted on counted_lines.source_file = uncounted.source_file;
