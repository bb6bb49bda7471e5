{#
    Incremental strategy keep_current: rows whose keys are not current any more
    leave, the batch comes in, and the rest is not touched.

    meta.current_in names the model that lists what is current; meta.keys are the
    columns to compare. A null key is never current.
#}
{% macro get_incremental_keep_current_sql(arg_dict) -%}
    {% set meta = config.get("meta") %}
    {% set keys = meta["keys"] | join(", ") %}
    {% set columns = arg_dict["dest_columns"] | map(attribute="quoted") | join(", ") %}
    delete from {{ arg_dict["target_relation"] }}
    where ({{ keys }}) not in (
        select ({{ keys }}) from {{ ref(meta["current_in"]) }}
    );

    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{%- endmacro %}
