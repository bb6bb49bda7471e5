{% macro open_record() -%}
    {% if leaves_results() %}
    {% do run_query("create schema if not exists state") %}
    {% do run_query(
        "create " ~ adapter.dispatch("state_kind")() ~ " if not exists "
        ~ source("state", "build_record") ~ " as " ~ record_of({})
    ) %}
    {#- that of another version of the project says nothing to this one -#}
    {% set names = run_query(
        "select * from " ~ source("state", "build_record") ~ " limit 0"
    ).column_names %}
    {% set lacking = record_parts() | reject("in", names) | list %}
    {% set known = {} if lacking else read_record() %}
    {% do known.update({
        invocation_id: {"name": "dbt " ~ flags.WHICH, "status": "unfinished"}
    }) %}
    {{ replace_table(source("state", "build_record"), record_of(known)) }}
    {% endif %}
{%- endmacro %}

{% macro close_record(results) -%}
    {% if leaves_results() %}
    {% set known = read_record() %}
    {% set status = {} %}
    {% set built = [] %}
    {% for result in results %}
        {% do status.update({result.node.unique_id: result.status | string}) %}
        {% if result.node.resource_type in ["model", "seed"] %}
            {% do built.append(result.node.unique_id) %}
        {% endif %}
    {% endfor %}
    {% set rows = {} %}
    {% for id, node in graph.nodes.items() %}
        {% set row = known.get(id, {}) %}
        {% set reads_built = node.depends_on.nodes | select("in", built) | list %}
        {% set is_outdated = reads_built and node.config.materialized != "ephemeral"
            and node.resource_type in ["model", "seed", "test"] %}
        {% do row.update({
            "name": node.name,
            "status": status.get(id, "outdated" if is_outdated else row.status),
        }) %}
        {% if row.status %}{% do rows.update({id: row}) %}{% endif %}
    {% endfor %}
    {{ replace_table(source("state", "build_record"), record_of(rows)) }}
    {% endif %}
{%- endmacro %}

{# Whether this command builds or tests anything. #}
{% macro leaves_results() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "test", "seed", "retry"]) }}
{%- endmacro %}

{# On Spark it is a view, which spark__replace_table repoints. #}
{% macro duckdb__state_kind() -%}
    {{ return("table") }}
{%- endmacro %}

{% macro spark__state_kind() -%}
    {{ return("view") }}
{%- endmacro %}

{# The columns of the record besides node_id. #}
{% macro record_parts() -%}
    {{ return(["name", "status", "formula", "inputs", "content", "docs"]) }}
{%- endmacro %}

{% macro read_record(ids=none) -%}
    {% set rows = {} %}
    {% for row in run_query(
        "select node_id, " ~ record_parts() | join(", ") ~ " from "
        ~ source("state", "build_record")
        ~ (" where node_id in " ~ quote_tuple(ids) if ids is not none else "")
    ) %}
        {% do rows.update({row[0]: dict(zip(record_parts(), row.values()[1:]))}) %}
    {% endfor %}
    {{ return(rows) }}
{%- endmacro %}

{% macro record_of(rows) -%}
    {% set text = dbt.type_string() %}
    select
        {% for part in record_parts() %}
        cast({{ part }} as {{ text }}) as {{ part }},
        {% endfor %}
        cast(node_id as {{ text }}) as node_id
    from (
        values
        {% for id, row in rows.items() %}
        (
            {% for part in record_parts() %}
            {{ quote_text(row[part]) if row.get(part) else "null" }},
            {% endfor %}
            {{ quote_text(id) }}
        ),
        {% endfor %}
        ({{ "null, " * record_parts() | length }}null)
    ) as results ({{ record_parts() | join(", ") }}, node_id)
    where node_id is not null
{%- endmacro %}
