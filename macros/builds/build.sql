{% materialization table, adapter="duckdb" %}
    {% set due = begin("table") %}
    {% if due %}
    {% set columns = get_table_columns_and_constraints() ~ "; insert into " ~ this
        ~ " by name" if model.config.contract.enforced else "as" %}
    {% call statement("main") %}
        create or replace table {{ this }} {{ columns }} {{ sql }}
    {% endcall %}
    {% do finish("table", due) %}
    {% endif %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {% set due = begin("view") %}
    {% if due %}
    {% call statement("main") %}create or replace view {{ this }} as {{ sql }}{% endcall %}
    {% do finish("view", due) %}
    {% endif %}
    {{ return({"relations": [this.incorporate(type="view")]}) }}
{% endmaterialization %}

{% macro begin(kind) -%}
    {% set now, built = built_from(), built_relation(kind) %}
    {% set noted = now.noted %}
    {% set is_same_formula = built and noted.formula == now.formula %}
    {% if is_same_formula and noted.inputs == now.inputs and not model.config.meta.refit %}
        {% if noted.docs != now.docs %}
            {% do persist_docs(built, model) %}
            {% do note_built(dict(now, content=noted.content)) %}
        {% endif %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return(none) }}
    {% endif %}
    {% if model.config.contract.enforced %}
        {% do get_assert_columns_equivalent(sql) %}
    {% endif %}
    {{ run_hooks(pre_hooks) }}
    {{ return(dict(now, is_same_formula=is_same_formula)) }}
{%- endmacro %}

{% macro finish(kind, row) -%}
    {% do persist_docs(this.incorporate(type=kind), model) %}
    {% do note_built(row) %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
{%- endmacro %}

{% macro built_relation(kind) -%}
    {% set found = load_cached_relation(this) %}
    {% set is_other = found and found.type != kind %}
    {% if is_other %}{% do adapter.drop_relation(found) %}{% endif %}
    {{ return(none if is_other or flags.FULL_REFRESH else found) }}
{%- endmacro %}

{% macro note_built(row) -%}
    {% set record = source("state", "build_record") %}
    {% do row.update({"name": model.name, "status": "built"}) %}
    {% do run_query(
        "delete from " ~ record ~ " where node_id = " ~ quote_text(model.unique_id)
        ~ "; insert into " ~ record ~ record_of({model.unique_id: row})
    ) %}
{%- endmacro %}

{# In one statement: dbt takes three, and has to look the columns up first. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {% set comments = [alter_relation_comment(relation, model.description)] %}
    {% for column in model.columns.values() %}
        {% do comments.append(
            "comment on column " ~ relation ~ "." ~ adapter.quote(column.name)
            ~ " is " ~ duckdb_escape_comment(column.description) ~ ";"
        ) %}
    {% endfor %}
    {% do run_query(comments | join) %}
{%- endmacro %}
