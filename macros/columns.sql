{# Every list of the project, once: what an export holds, what is summed, ranked
   and clustered, and why a record may be rejected. #}

{#
    A record needs a value in each mapped field, but in texts, milliseconds, and what
    a file may lack: labels and measurements.
#}
{% macro xdr_fields() -%}
    {{ return({
        "user_id": "id", "session_id": "session", "location": "text",
        "application": "text", "started_at": "time", "started_ms": "milliseconds",
        "ended_at": "time", "ended_ms": "milliseconds", "duration": "duration",
        "dl_bytes": "volume", "ul_bytes": "volume",
        "device": "label", "device_maker": "label",
        "rtt_dl_ms": "measurement", "rtt_ul_ms": "measurement",
        "throughput_dl_kbps": "measurement", "throughput_ul_kbps": "measurement",
        "retransmitted_dl_bytes": "measured_volume",
        "retransmitted_ul_bytes": "measured_volume",
    }) }}
{%- endmacro %}

{% macro fields_of(kinds) -%}
    {% set fields = [] %}
    {% for field, kind in xdr_fields().items() if kind in kinds %}
        {% do fields.append(field) %}
    {% endfor %}
    {{ return(fields) }}
{%- endmacro %}

{% macro label_columns() -%}
    {{ return(fields_of(["label"])) }}
{%- endmacro %}

{% macro measured_columns() -%}
    {{ return(fields_of(["measurement", "measured_volume"])) }}
{%- endmacro %}

{% macro xdr_mapping() -%}
    {% set mapping = [] %}
    {% for field, source in var("xdr_columns").items() if source %}
        {% do mapping.append({
            "field": field, "kind": xdr_fields()[field], "source": source,
            "setting": "xdr_columns." ~ field,
            "is_optional": field in label_columns() + measured_columns(),
        }) %}
    {% endfor %}
    {% for application in var("applications") if not is_mapped("application") %}
        {% for direction in ["dl", "ul"] %}
            {% do mapping.append({
                "field": application.name ~ "_" ~ direction ~ "_bytes",
                "kind": "application", "source": application[direction],
                "setting": "applications: " ~ application.name ~ ": " ~ direction,
                "is_optional": false,
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(mapping) }}
{%- endmacro %}

{# The source of a field as messages show it. #}
{% macro source_of(field) -%}
    {% set entry = xdr_mapping() | selectattr("field", "eq", field) | first %}
    {{ return(entry.source if entry.source is string else entry.source.sql) }}
{%- endmacro %}

{% macro is_mapped(field) -%}
    {{ return(var("xdr_columns").get(field) is not none) }}
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
    {{ return(
        ["user_id", "session_id", "started_at", "ended_at", "location", "application"]
        + summed_columns()
    ) }}
{%- endmacro %}

{% macro record_columns() -%}
    {{ return(record_fields() + label_columns() + measured_columns() + [
        "session_date", "source_file", "loaded_at", "is_mangled",
        "raw_user_id", "raw_started_at", "raw_ended_at",
    ]) }}
{%- endmacro %}

{% macro rejection_reasons() -%}
    {{ return([
        "malformed_line", "missing_user_id", "malformed_user_id",
        "unreadable_value", "missing_value", "negative_value",
        "ends_before_start", "implausible_time", "duplicate_record",
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

{% macro experience_classes() -%}
    {{ return(["good", "fair", "poor", "unmeasured"]) }}
{%- endmacro %}

{% macro cluster_criteria() -%}
    {{ return(
        ["elbow", "silhouette", "calinski_harabasz", "davies_bouldin", "gap"]
    ) }}
{%- endmacro %}
