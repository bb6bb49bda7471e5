-- the columns of each mart in the warehouse, in their order
select
    table_name as mart,
    list(column_name order by ordinal_position) as column_names
from information_schema.columns
where
    table_catalog = 'warehouse'
    and table_schema = 'marts'
group by table_name
