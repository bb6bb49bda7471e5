{#
    The record of builds: one row per model, seed and test, with its last result
    (status) and, of a model, what it was built from (formula, inputs and docs; see
    built_from). A command that is at work has a row of its own, so that one that
    was killed does not pass for the one before it.
#}
{% macro open_record() -%}
    {% if leaves_results() %}
    {% do run_query("create schema if not exists state") %}
    {% do run_query(
        "create " ~ adapter.dispatch("state_kind")() ~ " if not exists "
        ~ source("state", "build_record") ~ " as " ~ record_of({})
    ) %}
    {% set known = read_record() %}
    {% do known.update({invocation_id: {
        "name": "dbt " ~ flags.WHICH, "status": "unfinished"
    }}) %}
    {{ replace_table(source("state", "build_record"), record_of(known)) }}
    {% endif %}
{%- endmacro %}

{% macro duckdb__state_kind() -%}
    {{ return("table") }}
{%- endmacro %}

{# See spark__replace_table. #}
{% macro spark__state_kind() -%}
    {{ return("view") }}
{%- endmacro %}

{#
    Note the result of each model and test of this run; the others keep their last
    one, but for what reads a model that was built: that is outdated.
    `engagement publish` refuses what did not pass.
#}
{% macro close_record(results) -%}
    {% if leaves_results() %}
    {% set known = read_record() %}
    {% set status = {} %}
    {% for result in results %}
        {% do status.update({result.node.unique_id: result.status | string}) %}
    {% endfor %}
    {% set built = results | map(attribute="node")
        | selectattr("resource_type", "in", ["model", "seed"])
        | map(attribute="unique_id") | list %}
    {% set rows = {} %}
    {% for id, node in graph.nodes.items() %}
        {% set row = known.get(id, {}) %}
        {% set is_outdated = node.resource_type in ["model", "seed", "test"]
            and node.config.materialized != "ephemeral"
            and node.depends_on.nodes | select("in", built) | list %}
        {% do row.update({
            "name": node.name,
            "status": status.get(id, "outdated" if is_outdated else row.status),
        }) %}
        {% if row.status %}{% do rows.update({id: row}) %}{% endif %}
    {% endfor %}
    {{ replace_table(source("state", "build_record"), record_of(rows)) }}
    {% endif %}
{%- endmacro %}

{# Whether this command builds or tests something. #}
{% macro leaves_results() -%}
    {{ return(
        execute and flags.WHICH in ["build", "run", "test", "seed", "retry"]
    ) }}
{%- endmacro %}

{# What the record holds: {id: {name, status, formula, inputs, docs}}. #}
{% macro read_record() -%}
    {% set rows = {} %}
    {% for row in run_query(
        "select node_id, name, status, formula, inputs, docs from "
        ~ source("state", "build_record")
    ) %}
        {% do rows.update({row[0]: {
            "name": row[1], "status": row[2], "formula": row[3],
            "inputs": row[4], "docs": row[5],
        }}) %}
    {% endfor %}
    {{ return(rows) }}
{%- endmacro %}

{# SQL of the record with these rows. #}
{% macro record_of(rows) -%}
    {% set columns = ["name", "status", "formula", "inputs", "docs"] %}
    {% set text = dbt.type_string() %}
    select
        cast(node_id as {{ text }}) as node_id,
        {% for column in columns %}
        cast({{ column }} as {{ text }}) as {{ column }}{{ "," if not loop.last }}
        {% endfor %}
    from (
        values
        {% for id, row in rows.items() %}
        (
            {{ quote_text(id) }}
            {%- for column in columns -%}
            , {{ quote_text(row[column]) if row.get(column) else "null" }}
            {%- endfor -%}
        ),
        {% endfor %}
        (null, null, null, null, null, null)
    ) as results (node_id, {{ columns | join(", ") }})
    where node_id is not null
{%- endmacro %}
