{% materialization table, adapter="duckdb", supported_languages=["sql", "python"] %}
    {% set kept = kept_table() if model.language == "sql" %}
    {% if kept %}
        {% call noop_statement("main", "KEPT", "KEPT", 0) %}{% endcall %}
        {{ return({"relations": [kept]}) }}
    {% endif %}
    {{ return(dbt.materialization_table_duckdb()) }}
{% endmaterialization %}
