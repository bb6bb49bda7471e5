{# The columns of int_records_loaded, without what is said against the record. #}
{% macro record_columns() -%}
    {{ return(record_fields() + [
        "session_date", "source_file", "file_version", "loaded_at",
        "raw_user_id", "raw_started_at", "raw_ended_at",
    ]) }}
{%- endmacro %}
