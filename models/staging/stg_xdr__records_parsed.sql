-- reads {{ source("xdr", "records") }}
{{ config(materialized="ephemeral") }}

-- each field as the export writes it (_raw) and as what it means, null if it
-- means nothing
with parsed as (
    {% for layout in due_layouts() %}
    select
        {% for entry in xdr_mapping() %}
        {% set column = quote_name(entry.column) %}
        {% set type = layout.types.get(entry.column, "VARCHAR") %}
        {{ column }} as {{ entry.field }}_raw,
        {% if entry.field == "location" %}
        {{ plain_text(column, type) }}
        {% elif entry.field == "user_id" %}
        {{ plain_digits(column) }}
        {% elif entry.field in ["started_at", "ended_at"] %}
        {{ point_in_time(column, type) }}
        {% elif entry.field == "duration" %}
        {{ duration_in_ms(column, type) }}
        {% else %}
        {{ whole_number(column, type) }}
        {% endif %}
            as {{ entry.field }},
        {% endfor %}
        source_file
    from {{ layout.relation }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from parsed
