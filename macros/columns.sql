{# Every list of the project, once: what an export holds, what is summed, ranked
   and clustered, and why a record may be refused. #}

{# The fields an export may hold, beside its applications. #}
{% macro xdr_fields() -%}
    {{ return({
        "required": [
            "user_id", "started_at", "ended_at", "duration", "dl_bytes", "ul_bytes",
        ],
        "optional": ["started_ms", "ended_ms", "location"],
    }) }}
{%- endmacro %}

{# Every mapped column: a list of {field, column, setting}, optional ones if set. #}
{% macro xdr_mapping() -%}
    {% set mapping = [] %}
    {% for field, column in var("xdr_columns").items() if column %}
        {% do mapping.append(
            {"field": field, "column": column, "setting": "xdr_columns." ~ field}
        ) %}
    {% endfor %}
    {% for application in var("applications") %}
        {% for direction in ["dl", "ul"] %}
            {% do mapping.append({
                "field": application.name ~ "_" ~ direction ~ "_bytes",
                "column": application[direction],
                "setting": "applications: " ~ application.name ~ ": " ~ direction,
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(mapping) }}
{%- endmacro %}

{# The export's columns that vars map, each once, as SQL identifiers. #}
{% macro mapped_columns() -%}
    {% set columns = [] %}
    {% for name in xdr_mapping() | map(attribute="column") | unique %}
        {% do columns.append(quote_name(name)) %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}

{# The columns of the applications' bytes, downlink and uplink. #}
{% macro application_columns() -%}
    {% set columns = [] %}
    {% for application in var("applications") %}
        {% do columns.append(application.name ~ "_dl_bytes") %}
        {% do columns.append(application.name ~ "_ul_bytes") %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}

{# The columns of a session that are summed, those of the applications last. #}
{% macro summed_columns() -%}
    {{ return(session_totals() + application_columns()) }}
{%- endmacro %}

{# The columns of a session that are summed, whatever applications there are. #}
{% macro session_totals() -%}
    {{ return(["duration_ms", "dl_bytes", "ul_bytes"]) }}
{%- endmacro %}

{# The columns that make a record what it is; two that agree in all are one. #}
{% macro record_fields() -%}
    {{ return(["user_id", "started_at", "ended_at", "location"] + summed_columns()) }}
{%- endmacro %}

{# The columns of stg_xdr__records, without what is said against the record. #}
{% macro record_columns() -%}
    {{ return(record_fields() + [
        "session_date", "source_file", "file_version", "loaded_at",
        "raw_user_id", "raw_started_at", "raw_ended_at",
    ]) }}
{%- endmacro %}

{# Why a record may be refused, in the order in which the checks are made. #}
{% macro rejection_reasons() -%}
    {{ return([
        "malformed_line", "missing_user_id", "malformed_user_id",
        "unreadable_value", "missing_value", "negative_value",
        "ends_before_start", "duplicate_record",
    ]) }}
{%- endmacro %}

{#
    The metrics of engagement, by which users are ranked and clustered: name is a
    column of int_users and user_engagement, label what a reader sees, unit count,
    ms or bytes.
#}
{% macro engagement_metrics() -%}
    {{ return([
        {"name": "session_count", "label": "sessions", "unit": "count"},
        {"name": "duration_ms", "label": "duration", "unit": "ms"},
        {"name": "total_bytes", "label": "traffic", "unit": "bytes"},
    ]) }}
{%- endmacro %}

{# The names of the metrics. #}
{% macro metric_names() -%}
    {{ return(engagement_metrics() | map(attribute="name") | list) }}
{%- endmacro %}
