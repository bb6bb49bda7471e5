-- the columns of each mart and of what takes its place, in their order
select
    (table_schema, table_name) as relation,
    list(column_name order by ordinal_position) as column_names
from information_schema.columns
where
    table_catalog = 'warehouse'
    and table_schema in ('marts', 'published')
group by table_schema, table_name
