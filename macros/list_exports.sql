{# SQL of one row per export of a load_plan: its file, version, bytes and time. #}
{% macro list_exports(exports) -%}
    {% for export in exports %}
    select
        {{ quote_text(export.file) }} as source_file,
        {{ quote_text(export.version) }} as file_version,
        cast({{ export.bytes }} as bigint) as file_bytes,
        cast('{{ export.modified_at }}' as timestamp) as modified_at
    {{ "union all" if not loop.last }}
    {% endfor %}
{%- endmacro %}
