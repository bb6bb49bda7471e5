{% macro keep_identities(due) -%}
    {% set identities = source("private", "user_identities") %}
    {# adapter.create_schema would commit the unfinished load -#}
    {% do run_query("create schema if not exists " ~ identities.schema) %}
    {% do run_query(
        "create table if not exists " ~ identities
        ~ " (user_id varchar, msisdn varchar)"
    ) %}
    {% set files = [] %}
    {% for file in due %}
        {% do files.append({
            "source_file": file.source_file, "is_well_quoted": file.is_well_quoted,
        }) %}
    {% endfor %}
    {% set ids = var("xdr_columns").user_id %}
    {% set layouts = ask("layouts_of", [tojson(files), tojson([ids])]) %}
    {% do run_query(replace_table(
        identities,
        identities_of(identities, layouts) if is_pseudonymised()
        else "select * from " ~ identities ~ " where false"
    )) %}
{%- endmacro %}

{# SQL of the users of all loaded records: those already known and those in files. #}
{% macro identities_of(known, layouts) -%}
    {% set column = quote_name(var("xdr_columns").user_id) %}
    with numbers as (
        {% for layout in layouts %}
        select {{ plain_digits(column) }} as msisdn
        from {{ layout.relation }}
        union all
        {% endfor %}
        select cast(null as varchar) as msisdn
    ),

    named as (
        select
            {{ pseudonym("numbers.msisdn") }} as user_id,
            numbers.msisdn
        from (select distinct numbers.msisdn from numbers) as numbers
        where {{ is_subscriber("numbers.msisdn") }}
    ),

    identities as (
        select * from named
        union all
        select
            known.user_id,
            known.msisdn
        from {{ known }} as known
        anti join named on known.user_id = named.user_id
    )

    select
        identities.user_id,
        identities.msisdn
    from identities
    where identities.user_id in (
        select records.user_id
        from {{ this }} as records
        where records.user_id is not null
    )
{%- endmacro %}
