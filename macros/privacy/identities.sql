{% macro keeps_identities() -%}
    {{ return(is_pseudonymised() and var("keep_user_identities")) }}
{%- endmacro %}

{% macro identities_of() -%}
    {% set identities = source("private", "user_identities") %}
    {% do run_query(
        "create table if not exists " ~ identities
        ~ " (user_id varchar, msisdn varchar)"
    ) %}
    {% if not keeps_identities() %}{{ return("from " ~ identities ~ " limit 0") }}{% endif %}
    {% set user_ids = xdr_mapping() | selectattr("field", "eq", "user_id") | list %}
    with numbers as (
        {% for layout in layouts_of(due_files(), user_ids) %}
        select {{ plain_id("user_id") }} as msisdn
        from {{ layout.relation }}
        union all
        {% endfor %}
        select cast(null as varchar) as msisdn
    ),

    named as (
        select
            {{ pseudonym("msisdn") }} as user_id,
            msisdn
        from (select distinct msisdn from numbers) as numbers
        where {{ is_user_id("msisdn") }}
    ),

    identities as (
        select * from named
        union all
        select
            known.user_id,
            known.msisdn
        from {{ identities }} as known
        anti join named on known.user_id = named.user_id
    )

    select * from identities
    where user_id in (
        select records.user_id from {{ this }} as records
        where records.user_id is not null
    )
{%- endmacro %}
