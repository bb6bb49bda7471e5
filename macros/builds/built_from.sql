{#
    What a model's table is built from: its formula (the SQL, wherever its macros and
    vars stand, and its contract), its inputs (what the tables it reads were built
    from) and its docs. A table stays as it is while formula and inputs do.
#}
{% macro built_from() -%}
    {{ return({
        "formula": formula_of(model),
        "inputs": inputs_of(graph.nodes[model.unique_id]),
        "docs": docs_of(model),
    }) }}
{%- endmacro %}

{% macro formula_of(model) -%}
    {% if model.language == "python" %}
        {{ return(fingerprint_of(this)) }}
    {% elif model.config.materialized == "load" %}
        {{ return(rules_for_records()) }}
    {% endif %}
    {% set contract = [] %}
    {% if model.config.contract.enforced %}
        {% for column in model.columns.values() %}
            {% do contract.append(
                [column.name, column.data_type, column.constraints | string]
            ) %}
        {% endfor %}
        {% do contract.append(model.constraints | string) %}
    {% endif %}
    {{ return(local_md5(without_due(model.compiled_code) ~ tojson(contract))) }}
{%- endmacro %}

{% macro inputs_of(node) -%}
    {% if node.config.materialized == "load" %}
        {{ return(fingerprint_of(source("state", "files_loaded"))) }}
    {% elif node.config.materialized == "fit" %}
        {{ return(local_md5(tojson(metric_names()))) }}
    {% endif %}
    {% set known = read_record() %}
    {% set inputs = [] %}
    {% for id in node.depends_on.nodes | sort if id.startswith("model.") %}
        {% set row = known.get(id, {}) %}
        {% if not row.get("formula") %}{{ return(none) }}{% endif %}
        {% do inputs.append([row.formula, row.inputs]) %}
    {% endfor %}
    {{ return(local_md5(tojson(inputs))) }}
{%- endmacro %}

{% macro docs_of(model) -%}
    {% set texts = [model.description] %}
    {% for column in model.columns.values() %}
        {% do texts.append([column.name, column.description]) %}
    {% endfor %}
    {{ return(local_md5(tojson(texts))) }}
{%- endmacro %}

{#
    The table of this model if it may stay as it stands, since it was built from what
    it would be built from now; else none. Its descriptions are renewed.
#}
{% macro kept_table() -%}
    {% set built = built_table() %}
    {% if not built %}{{ return(none) }}{% endif %}
    {% set noted = read_record().get(model.unique_id, {}) %}
    {% set now = built_from() %}
    {% if now.inputs is none or [noted.get("formula"), noted.get("inputs")]
        != [now.formula, now.inputs] %}
        {{ return(none) }}
    {% endif %}
    {% if noted.docs != now.docs %}
        {% do persist_docs(built, model) %}
        {% do run_query(note_built()) %}
    {% endif %}
    {{ return(built) }}
{%- endmacro %}

{# The table that an earlier build left of this model; a full refresh forgets it. #}
{% macro built_table() -%}
    {% set built = adapter.get_relation(this.database, this.schema, this.identifier) %}
    {% if built and built.is_table and not flags.FULL_REFRESH %}
        {{ return(built) }}
    {% endif %}
    {{ return(none) }}
{%- endmacro %}

{# Post-hook: note what a model was built from, in the transaction that built it. #}
{% macro note_built() -%}
    {% if execute %}{{ return(adapter.dispatch("note_built")()) }}{% endif %}
{%- endmacro %}

{% macro duckdb__note_built() -%}
    {% set record = source("state", "build_record") %}
    {% set now = built_from() %}
    {% set id = quote_text(model.unique_id) %}
    delete from {{ record }} where node_id = {{ id }};
    insert into {{ record }} by name
    select
        {{ id }} as node_id,
        {{ quote_text(model.name) }} as name,
        'built' as status,
        {{ quote_text(now.formula) }} as formula,
        {{ quote_text(now.inputs) if now.inputs else "null" }} as inputs,
        {{ quote_text(now.docs) }} as docs
{%- endmacro %}

{# On Spark all tables are built by every build. #}
{% macro spark__note_built() -%}
{%- endmacro %}
