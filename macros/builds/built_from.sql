{# What a table is built from. It stays as it is while formula and inputs do. #}
{% macro built_from() -%}
    {% set is_python = model.language == "python" %}
    {% set parents = read_record(
        graph.nodes[model.unique_id].depends_on.nodes + [model.unique_id]
    ) %}
    {% set noted = parents.pop(model.unique_id, {}) %}
    {% set formulas = [formula_of(model)] %}
    {% set inputs = [model.config.meta] if is_python else [] %}
    {% for list in state_lists() %}
        {% do inputs.append(fingerprint_of(list)) %}
    {% endfor %}
    {% for id, parent in parents.items() | sort if parent.formula %}
        {#- a fit outlives the SQL of what it was fitted on -#}
        {% do (inputs if is_python else formulas).append(parent.formula) %}
        {% do inputs.append(parent.content) %}
    {% endfor %}
    {% set inputs = local_md5(tojson(inputs)) %}
    {{ return({
        "formula": local_md5(tojson(formulas)),
        "inputs": inputs,
        "content": inputs,
        "docs": local_md5(model.description ~ model.columns),
        "noted": noted,
    }) }}
{%- endmacro %}

{# The lists of files that decide a model's rows: what the load wrote, or it reads. #}
{% macro state_lists() -%}
    {% set lists = [] %}
    {% if model.config.materialized == "load" %}
        {% do lists.append(source("state", "files_loaded")) %}
    {% endif %}
    {% for id in graph.nodes[model.unique_id].depends_on.nodes %}
        {% if graph.sources.get(id, {}).schema == "state" %}
            {% do lists.append(source("state", graph.sources[id].name)) %}
        {% endif %}
    {% endfor %}
    {{ return(lists) }}
{%- endmacro %}

{# What of the project decides a table by itself: SQL and contract, rules, metrics. #}
{% macro formula_of(model) -%}
    {% if model.config.materialized == "load" %}
        {{ return(rules_for_records()) }}
    {% elif model.language == "python" %}
        {{ return(tojson(metric_names())) }}
    {% endif %}
    {% set is_contract = model.config.contract.enforced %}
    {% set contract = get_table_columns_and_constraints() if is_contract else "" %}
    {% set sql = modules.re.sub("--[^\n]*", "", without_due(model.compiled_code)) %}
    {{ return(sql.split() | join(" ") ~ contract) }}
{%- endmacro %}
