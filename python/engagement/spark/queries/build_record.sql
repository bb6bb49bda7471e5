-- The build record that the load would have left, with the rules it judged by.
create table state.build_record as
select
    'model.engagement.stg_xdr__records' as node_id,
    'stg_xdr__records' as name, -- noqa: references.keywords
    'success' as status,
    getvariable('rules') as formula,
    cast(null as varchar) as inputs,
    cast(null as varchar) as content, -- noqa: references.keywords
    cast(null as varchar) as docs
