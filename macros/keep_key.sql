{# On-run-start: let pseudonym find the key, where it is not there already. #}
{% macro keep_key() -%}
    {% if execute %}{{ return(adapter.dispatch("keep_key")()) }}{% endif %}
{%- endmacro %}

{% macro duckdb__keep_key() -%}
{%- endmacro %}

{% macro spark__keep_key() -%}
    {% do ask("set_key", []) %}
{%- endmacro %}
