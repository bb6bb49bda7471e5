{#
    The files that int_records_loaded does not hold yet, grouped by layout.

    Returns a list of layouts as read_files takes them, with relation, SQL to select
    from, in which the column source_file names the file, and types, of each
    column. With nothing to load, it is one layout without a file and a row.
#}
{% macro pending_layouts() -%}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% if not adapter.get_relation(target.database, "staging", "stg_xdr__files") %}
        {{ return([no_records()]) }}
    {% endif %}
    {{ return(layouts_of(run_query(pending_files() ~ " order by source_file"))) }}
{%- endmacro %}
