{# Check every var of dbt_project.yml; see check_settings. #}
{% macro check_vars() -%}
    {% set columns = var("xdr_columns") %}
    {% set fields = xdr_fields() %}
    {% do check_that(
        columns is mapping, "xdr_columns", "maps fields to the export's columns"
    ) %}
    {% for field in fields.required %}
        {% do check_that(
            columns.get(field), "xdr_columns." ~ field,
            "names the column that holds it"
        ) %}
    {% endfor %}
    {% for field in columns %}
        {% do check_that(
            field in fields.required + fields.optional, "xdr_columns." ~ field,
            "is no known field; known are " ~ (fields.required + fields.optional) | join(", ")
        ) %}
    {% endfor %}

    {% set applications = var("applications") %}
    {% do check_that(
        applications is sequence and applications is not string
        and applications | length > 0,
        "applications", "lists at least one application"
    ) %}
    {% for application in applications %}
        {% set name = application.name | default("") %}
        {% do check_that(
            modules.re.fullmatch("[a-z][a-z0-9_]*", name | string),
            "applications", "has names of lower-case letters, digits and _, not '" ~ name ~ "'"
        ) %}
        {% do check_that(
            application.dl and application.ul, "applications",
            "names the columns dl and ul of '" ~ name ~ "'"
        ) %}
        {% do check_that(
            applications | selectattr("name", "equalto", name) | list | length == 1,
            "applications", "has '" ~ name ~ "' once"
        ) %}
    {% endfor %}

    {% for entry in xdr_mapping() %}
        {% do check_that(
            entry.column | lower != "source_file", entry.setting,
            "names no column source_file, since records have one that names their file"
        ) %}
    {% endfor %}

    {% set formats = var("xdr_timestamp_formats") %}
    {% do check_that(
        formats is sequence and formats is not string
        and formats | reject("string") | list | length == 0,
        "xdr_timestamp_formats", "lists strptime formats"
    ) %}
    {% for format in formats %}{% do check_time_format(format) %}{% endfor %}
    {% do check_choice("xdr_duration_unit", ["s", "ms"]) %}
    {% do check_choice(
        "cluster_scaler", ["standard", "minmax", "robust", "log_standard"]
    ) %}
    {% do check_choice("refit", [true, false]) %}
    {% do check_range("top_n", 1, 1000000) %}
    {% do check_range("top_application_count", 1, 1000) %}
    {% do check_range("cluster_count", 2, 10) %}
    {% do check_range("min_group_size", 1, 1000000) %}
    {% set share = var("max_rejected_share") %}
    {% do check_that(
        share is number and share is not boolean and 0 <= share <= 1,
        "max_rejected_share", "is a number from 0 to 1"
    ) %}
{%- endmacro %}
