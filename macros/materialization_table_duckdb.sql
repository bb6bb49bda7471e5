{# Tables stay as they stand while nothing has changed; see kept_table. #}
{% materialization table, adapter="duckdb" %}
    {% set kept = kept_table() %}
    {% if kept %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [kept]}) }}
    {% endif %}
    {{ return(dbt.materialization_table_duckdb()) }}
{% endmaterialization %}
