{#
    SQL that adds the users of the records just loaded who are not there yet. It
    reads the files a second time, since no table holds a number.

    identities: the table. layouts: the files, see layouts_of.
#}
{% macro insert_identities(identities, layouts) -%}
    {% set column = quote_name(var("xdr_columns").user_id) %}
    insert into {{ identities }}
    with numbers as (
        {% for layout in layouts %}
        select {{ plain_digits(column) }} as msisdn
        from {{ layout.relation }}
        {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    named as (
        select
            {{ pseudonym("numbers.msisdn") }} as user_id,
            numbers.msisdn
        from (select distinct numbers.msisdn from numbers) as numbers
        where {{ is_subscriber("numbers.msisdn") }}
    )

    select
        named.user_id,
        named.msisdn
    from named
    where
        named.user_id in (
            select records.user_id
            from {{ this }} as records
            where
                records.loaded_at = {{ load_time() }}
                and records.user_id is not null
        )
        and named.user_id not in (select known.user_id from {{ identities }} as known)
{%- endmacro %}
