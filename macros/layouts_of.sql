{#
    Files grouped by layout, as pending_layouts returns them.

    files: rows of source_file and is_well_quoted.
#}
{% macro layouts_of(files) -%}
    {% set layouts = {} %}
    {% for row in files %}
        {% set columns = ask("read_header", [row[0]]) %}
        {% set format = format_of(row[0]) %}
        {% set layout = layouts.setdefault(
            tojson([format, row[1], columns]),
            {"files": [], "columns": columns, "format": format,
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
        {% do layout.update({"relation": read_files(layout), "types": types}) %}
        {% do result.append(layout) %}
    {% endfor %}
    {{ return(result or [no_records()]) }}
{%- endmacro %}
