{% macro parsed_fields(layout) -%}
    {% for entry in xdr_mapping() %}
    {%- set column = quote_name(entry.field) -%}
    {%- set type = layout.types.get(entry.field, "VARCHAR") -%}
    {{ column }} as {{ entry.field }}_raw,
    {% if entry.field in ["started_at", "ended_at"]
        and var("xdr_timezone") != "UTC" -%}
    {{ is_wall_time(column, type) }} as {{ entry.field }}_is_wall,
    {% endif -%}
    {% if entry.field == "user_id" -%}
    {{ plain_id(column) }}
    {%- elif entry.field == "session_id" -%}
    {{ session_key(column, type) }}
    {%- elif entry.field in xdr_fields().texts -%}
    {{ plain_text(column, type) }}
    {%- elif entry.field in ["started_at", "ended_at"] -%}
    {{ point_in_time(column, type) }}
    {%- elif entry.field == "duration" -%}
    {{ duration_in_ms(column, type) }}
    {%- elif entry.field in xdr_fields().milliseconds -%}
    {{ whole_number(column, type) }}
    {%- else -%}
    {{ volume_in_bytes(column, type) }}
    {%- endif %} as {{ entry.field }},
    {% endfor %}
    {%- for field, type in unmapped_fields().items() %}
    {{ "0" if type == "volume" else "null" }}::{{ {
        "text": "varchar", "time": "timestamp"
    }.get(type, "bigint") }} as {{ field }},
    {% endfor %}
{%- endmacro %}

{# The fields that are not mapped, with what kind of value they would be. #}
{% macro unmapped_fields() -%}
    {% set kinds = {"started_at": "time", "ended_at": "time", "duration": "number",
        "dl_bytes": "volume", "ul_bytes": "volume"} %}
    {% for field in xdr_fields().texts %}{% do kinds.update({field: "text"}) %}{% endfor %}
    {% for field in xdr_fields().milliseconds %}
        {% do kinds.update({field: "number"}) %}
    {% endfor %}
    {% set unmapped = {} %}
    {% for field, kind in kinds.items() if not is_mapped(field) %}
        {% do unmapped.update({field: kind}) %}
    {% endfor %}
    {{ return(unmapped) }}
{%- endmacro %}
