{#
    On Spark the records are those that `engagement land` has landed as Parquet: the
    model is a view of the deliveries that the newest manifest names, and the list of
    files is the manifest's.
#}
{% materialization load, adapter="spark" %}
    {% set manifest = landed_manifest() %}
    {% do check_landed(manifest) %}
    {% set columns = record_columns() + ["rejection_reason", "rejection_detail"] %}
    {% call statement("main") %}
    create or replace view {{ this }} as
    select
        {{ columns | join(",\n        ") }}
    from {{ landed("records", manifest) }}
    {% endcall %}
    {% do run_query("create schema if not exists private") %}
    {% do run_query(
        "create or replace view " ~ source("private", "user_identities")
        ~ " as " ~ landed_identities(manifest)
    ) %}
    {% set rows %}
    select
        file.source_file,
        file.file_version,
        file.file_bytes,
        file.modified_at,
        file.record_count,
        file.is_well_quoted
    from (
        select explode(from_json({{ quote_text(tojson(manifest.files)) }}, '
            array<struct<
                source_file: string, file_version: string, file_bytes: bigint,
                modified_at: timestamp, record_count: bigint,
                is_well_quoted: boolean
            >>
        ')) as file
    ) as listed
    {% endset %}
    {% do replace_table(source("state", "files_loaded"), rows) %}
    {{ return({"relations": [this.incorporate(type="view")]}) }}
{% endmaterialization %}

{# The newest manifest that was written to its end; none is there before a landing. #}
{% macro landed_manifest() -%}
    {% set newest = {"number": 0} %}
    {% for row in run_query(
        "select value from text.`" ~ landing_folder() ~ "/manifest-*.json`"
    ) %}
        {% set manifest = fromjson(row[0], {}) %}
        {% if manifest.number is defined and manifest.number > newest.number %}
            {% do newest.update(manifest) %}
        {% endif %}
    {% endfor %}
    {{ return(newest) }}
{%- endmacro %}

{% macro landing_folder() -%}
    {{ return(run_query("set spark.sql.warehouse.dir")[0][1] ~ "/landed") }}
{%- endmacro %}

{# End the build if what is landed is not of these vars. #}
{% macro check_landed(manifest) -%}
    {% for file in manifest.files or [] %}
        {% set mapping = file.file_version.split(" ")[-1].split("-")[0] %}
        {% if mapping != mapping_version() %}
            {% do exceptions.raise_compiler_error(
                file.source_file ~ " was landed with other vars: run `engagement land"
                ~ " --target spark` with the --vars of this build."
            ) %}
        {% endif %}
    {% endfor %}
    {% if not manifest.files %}
        {% do exceptions.raise_compiler_error(
            "Nothing is landed in " ~ landing_folder() ~ ": run `engagement land"
            ~ " --target spark` first."
        ) %}
    {% endif %}
{%- endmacro %}

{# SQL that reads a kind of Parquet files, records or identities, of a manifest. #}
{% macro landed(kind, manifest) -%}
    {% set special = modules.re.compile("([][*?{}^,\\\\])") %}
    {% set folder = special.sub("\\\\\\1", landing_folder()) %}
    {% set deliveries = manifest.files | map(attribute="delivery") | join(",") %}
    {{ return(
        "parquet.`" ~ folder ~ "/" ~ kind ~ "/delivery={" ~ deliveries ~ "}`"
    ) }}
{%- endmacro %}

{# SQL of which number each pseudonym stands for; no row where ids are plain. #}
{% macro landed_identities(manifest) -%}
    {% if manifest.is_pseudonymised %}
    select distinct
        user_id,
        msisdn
    from {{ landed("identities", manifest) }}
    {% else %}
    select
        cast(null as string) as user_id,
        cast(null as string) as msisdn
    where false
    {% endif %}
{%- endmacro %}
