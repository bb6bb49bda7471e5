{#
    Post-hook of int_records_loaded: which number each user is, in the transaction
    that loads their records, and of nobody else. Without a key no id is a secret,
    and the table is empty.
#}
{% macro keep_identities() -%}
    {% if execute %}
    {% set identities = source("private", "user_identities") %}
    {% set files = ref("stg_xdr__files") %}
    {% set loaded = loaded_files() %}
    {% set known = adapter.get_relation(
        identities.database, identities.schema, identities.identifier
    ) %}
    {# adapter.create_schema would commit what is loaded so far -#}
    {% do run_query("create schema if not exists " ~ identities.schema) %}
    {% if not is_pseudonymised() %}
    {{ replace_table(identities, no_identities()) }}
    {% elif not loaded or state_version(files) != state_version(loaded) %}
    {{ replace_table(identities, identities_of(known, layouts_of(run_query(
        "select source_file, is_well_quoted from " ~ files
        ~ " where source_file in (select source_file from " ~ this
        ~ " where loaded_at = " ~ load_time() ~ ") order by source_file"
    )))) }}
    {% endif %}
    {% endif %}
{%- endmacro %}
