{# What a table is built from; it is kept while formula and inputs stay the same. #}
{% macro built_from() -%}
    {{ return({
        "formula": formula_of(model),
        "inputs": inputs_of(model),
        "docs": local_md5(model.description ~ model.columns),
    }) }}
{%- endmacro %}

{% macro formula_of(model) -%}
    {% if model.language == "python" %}{{ return(fingerprint_of(this)) }}{% endif %}
    {% if model.config.materialized == "load" %}
        {{ return(rules_for_records()) }}
    {% endif %}
    {% set is_contract = model.config.contract.enforced %}
    {% set contract = get_table_columns_and_constraints() if is_contract else "" %}
    {% set formula = without_due(model.compiled_code).split() | join(" ") %}
    {{ return(local_md5(formula ~ contract)) }}
{%- endmacro %}

{% macro inputs_of(model) -%}
    {% if model.config.materialized == "load" %}
        {{ return(fingerprint_of(source("state", "files_loaded"))) }}
    {% elif model.config.materialized == "fit" %}
        {{ return(local_md5(tojson(metric_names()))) }}
    {% endif %}
    {% set parents = graph.nodes[model.unique_id].depends_on.nodes %}
    {% set known = read_record(parents) %}
    {% set inputs = [] %}
    {% for id in parents | sort if id.startswith("model.") %}
        {% set row = known.get(id, {}) %}
        {% if not row.get("formula") %}{{ return(none) }}{% endif %}
        {% do inputs.append([row.formula, row.inputs]) %}
    {% endfor %}
    {{ return(local_md5(tojson(inputs))) }}
{%- endmacro %}

{% macro kept_table() -%}
    {% set built = built_table() %}
    {% set noted = read_record([model.unique_id]).get(model.unique_id, {}) %}
    {% set now = built_from() if built else {} %}
    {% if not now.inputs or [noted.get("formula"), noted.get("inputs")]
        != [now.formula, now.inputs] %}
        {{ return(none) }}
    {% endif %}
    {% if noted.docs != now.docs %}
        {% do persist_docs(built, model) %}
        {% do run_query(note_built()) %}
    {% endif %}
    {{ return(built) }}
{%- endmacro %}

{% macro built_table() -%}
    {% set built = adapter.get_relation(this.database, this.schema, this.identifier) %}
    {% if built and built.is_table and not flags.FULL_REFRESH %}
        {{ return(built) }}
    {% endif %}
    {{ return(none) }}
{%- endmacro %}

{% macro note_built() -%}
    {% if execute and target.type == "duckdb" %}
    {% set record = source("state", "build_record") %}
    {% set row = built_from() %}
    {% do row.update({"name": model.name, "status": "built"}) %}
    delete from {{ record }} where node_id = {{ quote_text(model.unique_id) }};
    insert into {{ record }} {{ record_of({model.unique_id: row}) }}
    {% endif %}
{%- endmacro %}
