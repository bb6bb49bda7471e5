{#
    SQL that makes a table hold what a query gives, all of it or, if the build is
    killed, all that was there before. The query may read the table.

    version: noted with it, see note_version.

    Plain Parquet tables have no transactions: on Spark the rows go to a table of
    this build, and the relation is a view that is turned to it in one step.
#}
{% macro replace_table(relation, query, version=none) -%}
    {{ return(adapter.dispatch("replace_table")(relation, query, version)) }}
{%- endmacro %}

{% macro duckdb__replace_table(relation, query, version) -%}
    create or replace table {{ relation }} as
    {{ query }};
    {% if version %}{{ note_version(relation, version) }};{% endif %}
{%- endmacro %}

{% macro spark__replace_table(relation, query, version) -%}
    {% set prefix = relation.identifier ~ "__" %}
    {% set name = prefix ~ local_md5(invocation_id ~ query)[:16] %}
    {% set rows = api.Relation.create(schema=relation.schema, identifier=name) %}
    {% set properties = spark__version_property(version) if version else "" %}
    {% do run_query("drop table if exists " ~ rows) %}
    {% do run_query("create table " ~ rows ~ " using parquet as " ~ query) %}
    {% do run_query(
        "create or replace view " ~ relation ~ " " ~ properties
        ~ " as select * from " ~ rows
    ) %}
    {% for row in run_query(
        "show tables in " ~ relation.schema ~ " like '" ~ prefix ~ "*'"
    ) if row[1] != name %}
        {% do run_query("drop table " ~ relation.schema ~ "." ~ row[1]) %}
    {% endfor %}
{%- endmacro %}
