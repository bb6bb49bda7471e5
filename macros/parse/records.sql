{% macro parsed_records(layout) -%}
    select
        {% for entry in xdr_mapping() %}
        {% set column = quote_name(entry.column) %}
        {% set type = layout.types[entry.column] %}
        {% if entry.field == "location" %}
        {{ plain_text(column, type) }} as location,
        {% else %}
        {{ column }} as {{ entry.field }}_raw,
        {% endif %}
        {% if entry.field == "user_id" %}
        {{ plain_digits(column) }} as user_number,
        {% elif entry.field in ["started_at", "ended_at"] %}
        {{ point_in_time(column, type) }} as {{ entry.field }},
        {% elif entry.field == "duration" %}
        {{ duration_in_ms(column, type) }} as duration,
        {% elif entry.field != "location" %}
        {{ whole_number(column, type) }} as {{ entry.field }},
        {% endif %}
        {% endfor %}
        source_file
    from {{ layout.relation }}
{%- endmacro %}

{% macro unreadable_value() -%}
    {#- 1900, 1970 and 9999 stand for a time that is not known -#}
    {%- set placeholder =
        "not between date '1990-01-01' and date '2100-01-01'" -%}
    {%- set incredible = {
        "started_at": placeholder,
        "started_ms": "not between 0 and 999",
        "ended_at": placeholder,
        "ended_ms": "not between 0 and 999",
    } -%}
    {%- set hides = is_pseudonymised() -%}
    case
        {% for entry in xdr_mapping()
            if entry.field not in ["user_id", "location"] %}
        {% set value = "parsed." ~ entry.field %}
        {% set raw = "cast(" ~ value ~ "_raw as varchar)" %}
        {% set shown = "left(" ~ raw ~ ", 100)" %}
        when
            {{ value }} is null
            and trim({{ raw }}) <> ''
            {#- nor are a petabyte and 30,000 years a session's; sums have to
                fit in a bigint #}
            or {{ value }} {{ incredible.get(
                entry.field, "> 1000000000000000"
            ) }}
            then concat(
                {{ quote_text(entry.column ~ ": ") }},
                {{ mask_digits(shown) if hides else shown }}
            )
        {% endfor %}
    end
{%- endmacro %}

{% macro missing_value() -%}
    case
        {% for entry in xdr_mapping()
            if entry.field in xdr_fields().required
            and entry.field != "user_id" %}
        when parsed.{{ entry.field }} is null
            then {{ quote_text(entry.column) }}
        {% endfor %}
    end
{%- endmacro %}
