-- The marts to publish: tables first, then views in the order in which they
-- were created, since a view may read the ones before it. Only what a model of
-- the last build made: a removed or renamed model may have left a table with
-- data that must not be published any more, such as subscriber numbers.
with models as (
    select name
    from warehouse.state.build_record
    where starts_with(node_id, 'model.')
),

relations as (
    select
        database_name,
        schema_name,
        'table' as kind,
        table_name as mart,
        sql as definition,
        comment,
        0 as creation,
        estimated_size as row_count
    from duckdb_tables()
    union all
    select
        database_name,
        schema_name,
        'view' as kind,
        view_name as mart,
        sql as definition,
        comment,
        view_oid as creation,
        0 as row_count
    from duckdb_views()
),

marts as (
    select relations.*
    from relations
    inner join models on relations.mart = models.name
    where
        relations.database_name = 'warehouse'
        and relations.schema_name = 'marts'
),

-- tables that take the place of a mart, without what small groups would tell
replacements as (
    select relations.*
    from relations
    inner join models on 'published_' || relations.mart = models.name
    where
        relations.database_name = 'warehouse'
        and relations.schema_name = 'published'
)

select
    marts.kind,
    marts.mart,
    marts.definition,
    concat_ws(
        ' As published: ', marts.comment, replacements.comment
    ) as description,
    case
        when replacements.mart is null then 'marts'
        else 'published'
    end as copied_from,
    marts.row_count
from marts
left join replacements on marts.mart = replacements.mart
order by
    marts.kind asc nulls last,
    marts.creation asc nulls last,
    marts.mart asc nulls last
