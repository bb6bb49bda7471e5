-- The descriptions of the columns of the marts that have been copied.
select
    built.table_name,
    built.column_name,
    built.comment
from duckdb_columns() as built
inner join duckdb_columns() as copied
    on
        built.schema_name = copied.schema_name
        and built.table_name = copied.table_name
        and built.column_name = copied.column_name
where
    built.database_name = 'warehouse'
    and copied.database_name = 'served'
    and built.comment is not null
