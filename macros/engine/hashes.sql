{% macro version_of(columns) -%}
    {{ return(adapter.dispatch("version_of")(columns)) }}
{%- endmacro %}

{% macro duckdb__version_of(columns) -%}
    {%- set text = columns | join(" || ' ' || ") -%}
    md5(string_agg({{ text }}, ' ' order by {{ columns | join(", ") }}))
{%- endmacro %}

{% macro spark__version_of(columns) -%}
    {%- set text = "concat_ws(' ', " ~ columns | join(", ") ~ ")" -%}
    md5(array_join(sort_array(collect_list({{ text }})), ' '))
{%- endmacro %}

{% macro record_key() -%}
    {{ return(adapter.dispatch("record_key")("ended_at, dl_bytes, ul_bytes")) }}
{%- endmacro %}

{% macro duckdb__record_key(columns) -%}
    hash({{ columns }})
{%- endmacro %}

{% macro spark__record_key(columns) -%}
    xxhash64({{ columns }})
{%- endmacro %}

{# A record that names no session is one by itself. #}
{% macro session_hash() -%}
    {%- if is_mapped("session_id") -%}
    case
        when session_id is null
            then {{ adapter.dispatch("record_key")(record_fields() | join(", ")) }}
        else {{ adapter.dispatch("record_key")("user_id, session_id") }}
    end
    {%- else -%}
    {{ adapter.dispatch("record_key")("user_id, started_at, ended_at") }}
    {%- endif -%}
{%- endmacro %}

{% macro fingerprint_of(relation) -%}
    {{ return(run_query(
        "select " ~ adapter.dispatch("fingerprint")("state")
        ~ " from " ~ relation ~ " as state"
    )[0][0]) }}
{%- endmacro %}

{% macro duckdb__fingerprint(row) -%}
    md5(string_agg({{ row }}::varchar, '\n' order by {{ row }}::varchar))
{%- endmacro %}

{% macro spark__fingerprint(row) -%}
    md5(array_join(
        sort_array(collect_list(to_json(struct({{ row }}.*)))), '\n'
    ))
{%- endmacro %}
