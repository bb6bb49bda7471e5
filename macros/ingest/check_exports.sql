{% macro check_exports() -%}
    {% if is_building() and target.type == "duckdb" %}
        {% do check_rules() %}
        {% for export in load_plan().new %}
            {% do check_columns(export.file) %}
        {% endfor %}
    {% endif %}
{%- endmacro %}

{#
    End the build if an export lacks a mapped column, or has ids in one that cannot
    hold them. Without a header, what the message lists is a record: with the key
    set, it shows no number.
#}
{% macro check_columns(file) -%}
    {% set columns = ask("read_header", [file]) %}
    {% set names = columns | map(attribute="name") | list %}
    {% set missing = [] %}
    {% for entry in xdr_mapping() if entry.column not in names %}
        {% do missing.append(entry) %}
    {% endfor %}
    {% if missing %}
        {% set listed = names | join(", ") %}
        {% if is_pseudonymised() %}
            {% set listed = modules.re.sub("[0-9]{5,}", "99999", listed) %}
        {% endif %}
        {% set hint = "set var " ~ missing[0].setting ~ " to one of " ~ listed %}
        {% if missing | length == xdr_mapping() | length %}
            {% set hint = "none of the mapped columns is there, so does its first "
                ~ "line hold the names of the columns, separated by commas" %}
        {% endif %}
        {% do exceptions.raise_compiler_error(
            file ~ " has no column '" ~ missing[0].column ~ "', which var "
            ~ missing[0].setting ~ " names; " ~ hint ~ "."
        ) %}
    {% endif %}
    {% set ids = var("xdr_columns").user_id %}
    {% if {"name": ids, "type": "FLOAT"} in columns %}
        {% do exceptions.raise_compiler_error(
            file ~ " has column '" ~ ids ~ "', which var xdr_columns.user_id names, as "
            ~ "32-bit fractions: these keep seven digits, so that several "
            ~ "subscribers become one; export it as text or whole numbers."
        ) %}
    {% endif %}
{%- endmacro %}

{# End the build if loaded records were read by other rules than the project's now. #}
{% macro check_rules() -%}
    {% for node in graph.nodes.values() if node.config.materialized == "load" %}
        {% set noted = read_record().get(node.unique_id, {}) %}
        {% if loaded_files() and noted.formula != rules_for_records() %}
            {% do exceptions.raise_compiler_error(
                "The records that are loaded were read by other rules than this "
                ~ "version of the project has (macros/parse, "
                ~ node.original_file_path ~ "): run again with --full-refresh, "
                ~ "which reads all files anew."
            ) %}
        {% endif %}
    {% endfor %}
{%- endmacro %}

{# A text that changes when the SQL that reads and judges records does. #}
{% macro rules_for_records() -%}
    {{ return(ask("rules_for_records", [invocation_args_dict.project_dir])) }}
{%- endmacro %}
