{# SQL that notes the version of a relation. #}
{% macro note_version(relation, version) -%}
    {{ return(adapter.dispatch("note_version")(relation, version)) }}
{%- endmacro %}

{% macro duckdb__note_version(relation, version) -%}
    {% set name = quote_text(relation | string) %}
    delete from {{ versions_table() }} where relation = {{ name }};
    insert into {{ versions_table() }}
    values ({{ name }}, {{ quote_text(version) if version else "null" }})
{%- endmacro %}

{% macro spark__note_version(relation, version) -%}
    {% if version %}
    alter table {{ relation }} set {{ spark__version_property(version) }}
    {% endif %}
{%- endmacro %}
