-- The descriptions of the columns of the marts that have been copied; where
-- another table took the place of a mart, its own come first.
select
    built.table_name,
    built.column_name,
    first(built.comment order by built.schema_name desc) as description
from duckdb_columns() as built
inner join duckdb_columns() as copied
    on
        built.table_name = copied.table_name
        and built.column_name = copied.column_name
where
    built.database_name = 'warehouse'
    and built.schema_name in ('marts', 'published')
    and copied.database_name = 'served'
    and built.comment is not null
group by built.table_name, built.column_name
