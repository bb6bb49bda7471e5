{% macro json_of_rows(rows) -%}
    {{ return(adapter.dispatch("json_of_rows")(rows)) }}
{%- endmacro %}

{% macro duckdb__json_of_rows(rows) -%}
    coalesce(cast(to_json(list({{ rows }})) as varchar), '[]')
{%- endmacro %}

{% macro spark__json_of_rows(rows) -%}
    to_json(collect_list(struct({{ rows }}.*)))
{%- endmacro %}

{% macro rows_of_json(column, types) -%}
    {{ return(adapter.dispatch("rows_of_json")(column, types)) }}
{%- endmacro %}

{% macro duckdb__rows_of_json(column, types) -%}
    unnest(from_json({{ column }}, '[{{ tojson(types) }}]'), max_depth := 2)
{%- endmacro %}

{% macro spark__rows_of_json(column, types) -%}
    {%- set fields = [] -%}
    {%- for name, type in types.items() -%}
    {%- do fields.append(name ~ ": " ~ (type | replace("varchar", "string"))) -%}
    {%- endfor -%}
    inline(from_json({{ column }}, 'array<struct<{{ fields | join(", ") }}>>'))
{%- endmacro %}
