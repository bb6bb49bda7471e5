-- reads {{ source("xdr", "records") }}
{{ config(materialized="ephemeral") }}

with parsed as (
    {% for layout in due_layouts() %}
    select
        {{ parsed_fields(layout) }}
        source_file,
        malformed
    from {{ layout.relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from parsed
