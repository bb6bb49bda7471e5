{% materialization incremental, adapter="duckdb" %}
    {% set current = config.get("meta") %}
    {% set keys = current["keys"] | join(", ") %}
    {% set batch = this.incorporate(path={"identifier": this.identifier ~ "__batch"}) %}
    {% set due = begin("table") %}
    {% if due %}
    {% call statement("main") %}
        {% if due.is_same_formula %}
        create or replace table {{ batch }} as
        {{ sql }};

        delete from {{ this }}
        where ({{ keys }}) not in (select ({{ keys }}) from {{ current_list(current) }});

        insert into {{ this }} by name select * from {{ batch }};

        drop table {{ batch }}
        {% else %}
        create or replace table {{ this }} as
        {{ without_due(sql) }}
        {% endif %}
    {% endcall %}
    {% do finish("table", due) %}
    {% endif %}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}
