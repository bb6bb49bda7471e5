{#
    The files that int_records_loaded does not hold yet, grouped by layout.

    Returns a list of {relation, types}: SQL to select from, in which the column
    source_file names the file, and the type of each column. With nothing to
    load, it is one layout without a row.
#}
{% macro pending_layouts() -%}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% if not adapter.get_relation(target.database, "staging", "stg_xdr__files") %}
        {{ return([no_records()]) }}
    {% endif %}
    {% set built = loaded_files() %}
    {% set pending = run_query(
        "select source_file, is_well_quoted from " ~ ref("stg_xdr__files")
        ~ (
            " where (source_file, file_version) not in ("
            ~ "select source_file, file_version from " ~ built ~ ")"
            if built else ""
        ) ~ " order by source_file"
    ) %}
    {% set layouts = {} %}
    {% for row in pending %}
        {% set columns = ask("read_header", [row[0]]) %}
        {% set is_parquet = by_format([row[0]]).parquet | length > 0 %}
        {% set layout = layouts.setdefault(
            tojson([is_parquet, row[1], columns]),
            {"files": [], "columns": columns, "is_parquet": is_parquet,
             "is_well_quoted": row[1]},
        ) %}
        {% do layout.files.append(row[0]) %}
    {% endfor %}
    {% set result = [] %}
    {% for layout in layouts.values() %}
        {% set types = {} %}
        {% for column in layout.columns %}
            {% do types.update({column.name: column.type}) %}
        {% endfor %}
        {% do result.append({"relation": read_files(layout), "types": types}) %}
    {% endfor %}
    {{ return(result or [no_records()]) }}
{%- endmacro %}
