-- Else records are lost or counted twice between the files and the marts.
select
    source_file,
    record_count,
    accepted_count,
    rejected_count
from {{ ref("load_report") }}
where
    record_count <> accepted_count + rejected_count
    or rejected_count <> 0
    {% for reason in rejection_reasons() %}
    + {{ reason }}_count
    {% endfor %}
