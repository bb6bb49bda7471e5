{% macro pending(current) -%}
    select listed.*
    from {{ current_list(current) }} as listed
    {% call due() %}{{ not_held(current) }}{% endcall %}
{%- endmacro %}

{% macro only_pending(key, current) -%}
    {% call due() %}
    where {{ key }} in (
        select listed.{{ key }}
        from {{ current_list(current) }} as listed
        {{ not_held(current) }}
    )
    {% endcall %}
{%- endmacro %}

{#- On Spark, every build makes all rows of an incremental model. -#}
{% macro due() -%}
    {% if is_incremental() and target.type == "duckdb" %}
    /* due */ {{ caller() }} /* end of due */
    {% endif %}
{%- endmacro %}

{% macro without_due(sql) -%}
    {{ return(modules.re.sub("(?s)/\\* due \\*/.*?/\\* end of due \\*/", "", sql)) }}
{%- endmacro %}

{% macro current_list(current) -%}
    {% set name = current["current_in"] %}
    {{ return(
        source("state", name) if name == "files_loaded" else ref(name)
    ) }}
{%- endmacro %}

{# SQL that keeps the rows of the list that the model does not hold yet. #}
{% macro not_held(current) -%}
    {%- set keys = current["keys"] -%}
    left join (
        -- qualified: a key that the model lacks must not be taken from listed
        select distinct held.{{ keys | join(", held.") }}
        from {{ this }} as held
    ) as built
        on
            {% for key in keys %}
            listed.{{ key }} = built.{{ key }}
            {{ "and" if not loop.last }}
            {% endfor %}
    where built.{{ keys[0] }} is null
{%- endmacro %}
