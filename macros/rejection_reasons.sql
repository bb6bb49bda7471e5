{# Why a record may be refused, in the order in which the checks are made. #}
{% macro rejection_reasons() -%}
    {{ return([
        "malformed_line", "missing_user_id", "malformed_user_id",
        "unreadable_value", "missing_value", "negative_value",
        "ends_before_start", "duplicate_record",
    ]) }}
{%- endmacro %}
