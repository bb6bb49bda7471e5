{#
    Text is read with the var xdr_timestamp_formats in their order, then as ISO 8601.
    The times are UTC, or wall time in the var xdr_timezone if the text has no offset.
#}
{% macro point_in_time(column, type) -%}
    {%- if type == "TIMESTAMP WITH TIME ZONE" -%}
    {{ finite_time("timezone('UTC', " ~ column ~ ")") }}
    {%- elif type.startswith(("TIMESTAMP", "DATE")) -%}
    {{ finite_time("cast(" ~ column ~ " as timestamp)") }}
    {%- else -%}
    {%- set text = "cast(" ~ column ~ " as varchar)" -%}
    coalesce(
        {% for formats in alike_formats() -%}
        {{ read_time(text, formats) }},
        {% endfor -%}
        {{ iso_time(text) }}
    )
    {%- endif -%}
{%- endmacro %}

{# Infinity stands for no time, and nothing can be subtracted from it. #}
{% macro finite_time(time) -%}
    case when isfinite({{ time }}) then {{ time }} end
{%- endmacro %}

{# The formats in their order; neighbours that DuckDB can try in one call are together. #}
{% macro alike_formats() -%}
    {% set groups = [] %}
    {% for format in var("xdr_timestamp_formats") %}
        {% if groups and has_no_offset(format) and has_no_offset(groups[-1][0]) %}
            {% do groups[-1].append(format) %}
        {% else %}
            {% do groups.append([format]) %}
        {% endif %}
    {% endfor %}
    {{ return(groups) }}
{%- endmacro %}

{% macro has_no_offset(format) -%}
    {{ return(
        not format.startswith("epoch_")
        and modules.re.search("%[zZ]", format | replace("%%", "")) is none
    ) }}
{%- endmacro %}

{% macro read_time(text, formats) -%}
    {%- if formats[0].startswith("epoch_") -%}
    {{ epoch_time(text, formats[0]) }}
    {%- elif has_no_offset(formats[0]) -%}
    cast(try_strptime({{ text }}, {{ quote_list(formats) }}) as timestamp)
    {%- else -%}
    {#- a name that %Z reads has to be that of one zone: see has_offset -#}
    {%- set has_name = "%Z" in formats[0] -%}
    {% if has_name -%}
    case when regexp_matches({{ text }}, '\b(UTC|GMT|Z|\w+/\w+)\b') then
    {%- endif %}
    timezone('UTC', try_strptime({{ text }}, {{ quote_text(formats[0]) }}))
    {{ "end" if has_name }}
    {%- endif -%}
{%- endmacro %}

{# A number outside the years 1990 to 2099 is of another unit, or no time. #}
{% macro epoch_time(text, format) -%}
    {%- set scale = {"epoch_s": 6, "epoch_ms": 3, "epoch_us": 0}[format] -%}
    {%- set microseconds -%}
    try_cast({{ as_decimal(text, 28, scale) }} * {{ 10 ** scale }} as bigint)
    {%- endset -%}
    case
        when {{ microseconds }} between 631152000000000 and 4102444799999999
            then make_timestamp({{ microseconds }})
    end
{%- endmacro %}

{# Whether a time is the wall time of var xdr_timezone, not an instant. #}
{% macro is_wall_time(column, type) -%}
    {%- if type.startswith(("TIMESTAMP", "DATE")) -%}
    {{ type != "TIMESTAMP WITH TIME ZONE" }}
    {%- else -%}
    {%- set text = "cast(" ~ column ~ " as varchar)" -%}
    not (
        {{ has_offset(text) }}
        {% for format in var("xdr_timestamp_formats") if not has_no_offset(format) -%}
        or {{ read_time(text, [format]) }} is not null
        {% endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Abbreviations are no offsets: IST and CST are different zones by country. #}
{% macro has_offset(text) -%}
    regexp_matches(
        {{ text }},
        '[T ][0-9][0-9:.,]+ ?([Zz]|[+-][0-9:]+| (UTC|GMT|[A-Z][A-Za-z]+/[\w/+-]+))\s*$'
    )
{%- endmacro %}

{#
    A cast to timestamp would ignore an offset; one to timestamptz is far slower. It
    would read 'infinity' too, so the text has to begin with a digit.
#}
{% macro iso_time(text) -%}
    case
        when {{ has_offset(text) }}
            then timezone('UTC', coalesce(
                try_cast({{ text }} as timestamptz),
                try_cast({{ usual_iso(text) }} as timestamptz)
            ))
        when ltrim({{ text }}) between '0' and ':'
            then coalesce(
                try_cast({{ text }} as timestamp),
                try_cast({{ usual_iso(text) }} as timestamp)
            )
    end
{%- endmacro %}

{# Forms of ISO 8601 that DuckDB does not read, in one that it does. #}
{% macro usual_iso(text) -%}
    {%- set steps = {
        "^([0-9]{4})([0-9]{2})([0-9]{2})(T|$)": "\\1-\\2-\\3\\4",
        "^(.{11}[0-9]{2})([0-9]{2})": "\\1:\\2",
        "^(.{14}[0-9]{2})([0-9]{2})": "\\1:\\2",
        "^(.{16}) ?([Zz]|[+-]|$)": "\\1:00\\2",
        "^(.{19}),": "\\1.",
        "^(.{19}[.0-9]*) ?([+-][0-9]{2}):?": "\\1\\2:",
        ":$": ":00",
        "z$": "Z",
    } -%}
    {%- for pattern, form in steps.items() %}regexp_replace({% endfor -%}
    trim({{ text }})
    {%- for pattern, form in steps.items() %}, '{{ pattern }}', '{{ form }}'){% endfor -%}
{%- endmacro %}
