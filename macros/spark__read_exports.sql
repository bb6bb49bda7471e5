{#
    SQL to select files from, or none of no files: each row with its source_file
    and block, the place in the file where a task began to read it.

    files: names of files. kind: csv, a line without its line break in each row,
    but for the header and blank lines; text, all lines; parquet, mapped columns.

    A view of the session for each folder, since Spark takes a pattern, not a list,
    and names the file in each row. Lines are read as Latin-1 where Spark would put
    a replacement for what is no UTF-8, and are turned back.
#}
{% macro spark__read_exports(files, kind) -%}
    {% set folders = {} %}
    {% set special = modules.re.compile("([][*?{}^,\\\\])") %}
    {% for file in files %}
        {% set name = file.split("/")[-1] %}
        {% if name.startswith(("_", ".")) %}
            {% do exceptions.raise_compiler_error(
                file ~ " would not be read: Spark passes over files whose names begin"
                ~ " with _ or a dot; rename it."
            ) %}
        {% endif %}
        {% set folder = file[:file | length - name | length] %}
        {% do folders.setdefault(folder, []).append(special.sub("\\\\\\1", name)) %}
    {% endfor %}
    {% set relations = [] %}
    {% for folder, names in folders.items() %}
        {% set view = "exports_" ~ local_md5(tojson([kind, folder, names])) %}
        {# a local file, whatever the cluster's own file system is -#}
        {% set root = "" if folder.startswith("/")
            else invocation_args_dict.project_dir ~ "/" %}
        {% set place = "file:" ~ special.sub("\\\\\\1", root ~ folder)
            ~ "{" ~ names | join(",") ~ "}" %}
        {% do run_query(
            "create or replace temporary view " ~ view ~ {
                "csv": " (line string) using csv options (header 'true', sep '\\u0001',"
                    ~ " quote '', escape '', encoding 'ISO-8859-1', ",
                "text": " using text options (",
                "parquet": " using parquet options (",
            }[kind] ~ "path " ~ quote_text(place) ~ ")"
        ) %}
        {% set row = {
            "csv": "cast(encode(line, 'ISO-8859-1') as string) as line",
            "text": "value as line",
            "parquet": mapped_columns() | join(", "),
        }[kind] %}
        {% set relation -%}
            select
                {{ row }},
                concat(
                    {{ quote_text(folder) }},
                    url_decode(replace(
                        regexp_extract(input_file_name(), '[^/]*$', 0), '+', '%2B'
                    ))
                ) as source_file,
                input_file_block_start() as block
            from {{ view }}
        {%- endset %}
        {% do relations.append(relation) %}
    {% endfor %}
    {{ return(
        "(" ~ relations | join(" union all ") ~ ") as exports" if relations else none
    ) }}
{%- endmacro %}
