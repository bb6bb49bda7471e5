{# Under the default pattern an id is a subscriber's number; otherwise it is a text. #}
{% macro is_numeric_id() -%}
    {{ return(
        var("user_id_pattern") | replace("\\d", "[0-9]") in
        ["[0-9]{5,15}", "^[0-9]{5,15}$", "([0-9]{5,15})", "^([0-9]{5,15})$"]
    ) }}
{%- endmacro %}

{% macro plain_id(column) -%}
    {%- set written = "cast(" ~ column ~ " as varchar)" -%}
    {%- if is_numeric_id() -%}
    case
        when {{ matches(written, "0?[1-9][0-9]*") }} then {{ written }}
        else {{ plain_digits("trim(" ~ written ~ ")") }}
    end
    {%- else -%}
    nullif(trim({{ written }}), '')
    {%- endif -%}
{%- endmacro %}

{# A number without what is written around it: + or 00 before, and .0 after it. #}
{% macro plain_digits(text) -%}
    nullif(coalesce(nullif(regexp_extract(
        {{ text }}, '^[+]?(?:00)?([0-9]+)(?:[.]0+)?$', 1
    ), ''), {{ text }}), '')
{%- endmacro %}

{% macro is_user_id(column) -%}
    {%- if is_numeric_id() -%}
    (
        {{ matches(column, var("user_id_pattern")) }}
        and try_cast({{ column }} as bigint) > 0
    )
    {%- else -%}
    (
        {{ matches(column, var("user_id_pattern")) }}
        and not {{ is_mangled(column) }}
        and lower({{ column }}) not in {{ quote_tuple(ask("doubtful_texts", [])) }}
    )
    {%- endif -%}
{%- endmacro %}

{# A text without the blanks around it, and a whole number without its ".0". #}
{% macro plain_text(column, type) -%}
    {%- set written = "cast(" ~ column ~ " as varchar)" -%}
    {%- if is_fraction_type(type) -%}
    coalesce(cast({{ whole_number(column, type) }} as varchar), {{ written }})
    {%- else -%}
    {%- set text = "trim(" ~ written ~ ")" -%}
    nullif(case
        when {{ text }} like '%.0' and {{ matches(text, "[0-9]+[.]0") }}
            then left({{ text }}, length({{ text }}) - 2)
        else {{ text }}
    end, '')
    {%- endif -%}
{%- endmacro %}

{# A number that has lost digits would join sessions. #}
{% macro session_key(column, type) -%}
    {%- set text = plain_text(column, type) -%}
    case
        when {{ is_mangled(text) }}
            {%- if type in ["FLOAT", "DOUBLE"] %} or abs({{ column }}) > {{
                "16777216" if type == "FLOAT" else "9007199254740992"
            }}{% endif %}
            then null
        else {{ text }}
    end
{%- endmacro %}

{% macro is_mangled(text) -%}
    (
        (contains({{ text }}, 'E+') or contains({{ text }}, 'e+'))
        and {{ matches(text, "[0-9]([.,][0-9]+)?[eE][+][0-9]+") }}
    )
{%- endmacro %}

{% macro matches(column, pattern) -%}
    regexp_full_match({{ column }}, {{ quote_text(pattern) }})
{%- endmacro %}
