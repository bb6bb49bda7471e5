{#
    Post-hook of int_records_loaded: once they are loaded, with the key set, no view
    of the files stays, in which a column that has shifted would show its numbers.
    The next build makes it anew.
#}
{% macro forget_exports() -%}
    {{ return(adapter.dispatch("forget_exports")()) }}
{%- endmacro %}

{% macro duckdb__forget_exports() -%}
    {% if execute and is_pseudonymised() %}
    {% set view = ref("stg_xdr__records") %}
    create or replace view {{ view }} as
    select
        {% for column in adapter.get_columns_in_relation(view) %}
        cast(null as {{ column.dtype }}) as {{ column.quoted }}{{ "," if not loop.last }}
        {% endfor %}
    where false
    {% endif %}
{%- endmacro %}

{# On Spark the model is no view, and what it reads ends with the session. #}
{% macro spark__forget_exports() -%}
{%- endmacro %}
