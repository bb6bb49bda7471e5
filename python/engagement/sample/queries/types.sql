select
    column_name,
    data_type
from duckdb_columns()
where table_name = 'export'
order by column_index
