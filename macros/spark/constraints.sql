{% macro spark__persist_constraints(relation, model) -%}
    {% set rules = [] %}
    {% for column in model.columns.values() %}
        {% for constraint in column.constraints or [] %}
            {% do rules.append(
                column.name ~ " is not null" if constraint.type == "not_null"
                else constraint.expression
            ) %}
        {% endfor %}
    {% endfor %}
    {% for constraint in model.constraints or [] %}
        {% do rules.append(constraint.expression) %}
    {% endfor %}
    {% if rules and model.config.contract.enforced %}
    {% set counts = [] %}
    {% for rule in rules %}
        {% do counts.append("count_if(not (" ~ rule ~ ")) as rule_" ~ loop.index) %}
    {% endfor %}
    {% set broken = run_query("select " ~ counts | join(", ") ~ " from " ~ relation)[0] %}
    {% for count in broken.values() if count > 0 %}
        {% do exceptions.raise_compiler_error(
            "Constraint failed: " ~ rules[broken.values().index(count)]
            ~ " does not hold in " ~ count ~ " rows of " ~ relation ~ "."
        ) %}
    {% endfor %}
    {% endif %}
{%- endmacro %}
