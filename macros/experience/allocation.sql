{% macro duckdb__json_rows(relation, columns) -%}
    (
        select coalesce(cast(to_json(list([
            {% for column in columns %}
            cast({{ column }} as varchar){{ "," if not loop.last }}
            {% endfor %}
        ])) as varchar), '[]')
        from {{ relation }}
    )
{%- endmacro %}

{% macro spark__json_rows(relation, columns) -%}
    (
        select to_json(collect_list(array(
            {% for column in columns %}
            cast({{ column }} as string){{ "," if not loop.last }}
            {% endfor %}
        )))
        from {{ relation }}
    )
{%- endmacro %}

{% macro json_rows(relation, columns) -%}
    {{ return(adapter.dispatch("json_rows")(relation, columns)) }}
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
