{% materialization load, adapter="spark" %}
    {% set landed = run_query(
        "select split_part(split_part(max(file_version), ' ', 4), '-', 1) from "
        ~ source("state", "files_loaded")
    )[0][0] %}
    {% if landed != mapping_version() %}
        {% do exceptions.raise_compiler_error(
            "The records were landed with other vars than those of this build, or by"
            ~ " another version of the project: run `engagement land --target spark`"
            ~ " with the same --vars."
        ) %}
    {% endif %}
    {% call noop_statement("main", "LANDED", "LANDED", 0) %}{% endcall %}
    {{ return({"relations": [this.incorporate(type="view")]}) }}
{% endmaterialization %}
