{# SQL that notes the version of a relation. #}
{% macro note_version(relation, version) -%}
    {% set name = quote_text(relation | string) %}
    delete from {{ versions_table() }} where relation = {{ name }};
    insert into {{ versions_table() }}
    values ({{ name }}, {{ quote_text(version) if version else "null" }})
{%- endmacro %}
