{#
    Why a line cannot be parted into the columns of a layout, in the words of
    DuckDB; null of one that can.
#}
{% macro spark__line_fault(layout) -%}
    {%- set text = "regexp_replace(line, r'\"(?:[^\"]++|\"\")*+\"', '')"
        if layout.is_well_quoted else "line" -%}
    {%- set found = "length(" ~ text ~ ") - length(replace(" ~ text ~ ", ',', ''))" -%}
    {%- set wanted = layout.columns | length - 1 -%}
    case
        when not is_valid_utf8(line) then 'invalid encoding'
        when {{ found }} < {{ wanted }} then 'missing columns'
        when {{ found }} > {{ wanted }} then 'too many columns'
    end
{%- endmacro %}
