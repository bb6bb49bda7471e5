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
    {% set is_kept = is_pseudonymised() %}
    create schema if not exists {{ identities.schema }};
    create {{ "table if not exists" if is_kept else "or replace table" }}
    {{ identities }} (
        user_id {{ dbt.type_string() }},
        msisdn {{ dbt.type_string() }}
    );
    {% if is_kept and (
        not loaded or state_version(files) != state_version(loaded)
    ) %}
    delete from {{ identities }}
    where user_id not in (
        select records.user_id
        from {{ this }} as records
        where records.user_id is not null
    );
    {{ insert_identities(identities, layouts_of(run_query(
        "select source_file, is_well_quoted from " ~ files
        ~ " where source_file in (select source_file from " ~ this
        ~ " where loaded_at = " ~ load_time() ~ ") order by source_file"
    ))) }}
    {% endif %}
    {% endif %}
{%- endmacro %}
