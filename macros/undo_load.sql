{# Take back what this build has loaded, which its transaction does on DuckDB. #}
{% macro undo_load() -%}
    {{ return(adapter.dispatch("undo_load")()) }}
{%- endmacro %}

{% macro duckdb__undo_load() -%}
{%- endmacro %}

{% macro spark__undo_load() -%}
    {% do spark__drop_partitions(this, run_query(
        "select distinct " ~ spark__partition_key() ~ " from " ~ this
        ~ " where loaded_at = " ~ load_time()
    ).columns[0].values()) %}
{%- endmacro %}
