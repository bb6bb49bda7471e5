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

{#- Nearly all are plain already: to look is cheaper than to trim. -#}
{% macro plain_digits(column) -%}
    {%- set written = "cast(" ~ column ~ " as varchar)" -%}
    {%- set text -%}
        trim(leading '+' from trim({{ written }}))
    {%- endset -%}
    case
        when {{ matches(written, "[0-9]+") }} then {{ written }}
        when {{ text }} like '%.%0'
            then nullif(regexp_replace({{ text }}, '[.]0+$', ''), '')
        else nullif({{ text }}, '')
    end
{%- endmacro %}

{% macro is_subscriber(column) -%}
    (
        {{ matches(column, "[0-9]{5,15}") }}
        and try_cast({{ column }} as bigint) > 0
    )
{%- endmacro %}

{# Whether the whole of a text matches a regular expression. #}
{% macro matches(column, pattern) -%}
    regexp_full_match({{ column }}, '{{ pattern }}')
{%- endmacro %}
