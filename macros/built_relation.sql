{#
    A relation as an earlier build left it, or none: for what may not be a ref,
    since it stands downstream. A full refresh forgets what was built.
#}
{% macro built_relation(schema, name) -%}
    {% if flags.FULL_REFRESH %}{{ return(none) }}{% endif %}
    {{ return(adapter.get_relation(target.database, schema, name)) }}
{%- endmacro %}
