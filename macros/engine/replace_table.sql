{% macro replace_table(relation, query) -%}
    {{ return(adapter.dispatch("replace_table")(relation, query)) }}
{%- endmacro %}

{% macro duckdb__replace_table(relation, query) -%}
    create or replace table {{ relation }} as
    {{ query }}
{%- endmacro %}

{#
    Plain Parquet tables have no transactions, so the rows go to a new table, and
    the relation is a view that is repointed at it in one step.
#}
{% macro spark__replace_table(relation, query) -%}
    {% set prefix = relation.identifier ~ "__" %}
    {% set name = prefix ~ local_md5(invocation_id ~ query)[:16] %}
    {% set rows = api.Relation.create(schema=relation.schema, identifier=name) %}
    {% do run_query("drop table if exists " ~ rows) %}
    {% do run_query("create table " ~ rows ~ " using parquet as " ~ query) %}
    {% do run_query(
        "create or replace view " ~ relation ~ " as select * from " ~ rows
    ) %}
    {% for row in run_query(
        "show tables in " ~ relation.schema ~ " like '" ~ prefix ~ "*'"
    ) if row[1] != name %}
        {% do run_query("drop table " ~ relation.schema ~ "." ~ row[1]) %}
    {% endfor %}
{%- endmacro %}
