{# Every list of the project, once: what an export holds, what is summed, ranked
   and clustered, and why a record may be rejected. #}

{% macro xdr_fields() -%}
    {{ return({
        "required": [
            "user_id", "started_at", "ended_at", "duration", "dl_bytes", "ul_bytes",
        ],
        "optional": ["started_ms", "ended_ms", "location"],
    }) }}
{%- endmacro %}

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

{% macro application_columns() -%}
    {% set columns = [] %}
    {% for application in var("applications") %}
        {% do columns.append(application.name ~ "_dl_bytes") %}
        {% do columns.append(application.name ~ "_ul_bytes") %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}

{% macro session_totals() -%}
    {{ return(["session_count", "duration_ms", "dl_bytes", "ul_bytes"]) }}
{%- endmacro %}

{% macro summed_columns() -%}
    {{ return(session_totals()[1:] + application_columns()) }}
{%- endmacro %}

{% macro record_fields() -%}
    {{ return(["user_id", "started_at", "ended_at", "location"] + summed_columns()) }}
{%- endmacro %}

{% macro record_columns() -%}
    {{ return(record_fields() + [
        "session_date", "source_file", "loaded_at",
        "raw_user_id", "raw_started_at", "raw_ended_at",
    ]) }}
{%- endmacro %}

{% macro rejection_reasons() -%}
    {{ return([
        "malformed_line", "missing_user_id", "malformed_user_id",
        "unreadable_value", "missing_value", "negative_value",
        "ends_before_start", "duplicate_record",
    ]) }}
{%- endmacro %}

{% macro engagement_metrics() -%}
    {{ return([
        {"name": "session_count", "label": "sessions", "unit": "count"},
        {"name": "duration_ms", "label": "duration", "unit": "ms"},
        {"name": "total_bytes", "label": "traffic", "unit": "bytes"},
    ]) }}
{%- endmacro %}

{% macro metric_names() -%}
    {{ return(engagement_metrics() | map(attribute="name") | list) }}
{%- endmacro %}

{% macro cluster_criteria() -%}
    {{ return(
        ["elbow", "silhouette", "calinski_harabasz", "davies_bouldin", "gap"]
    ) }}
{%- endmacro %}
