{#
    SQL of the identities of all users whose records are loaded: those known, and
    those of files, which it reads a second time, since no table holds a number.

    known: the table of identities, or none. layouts: the files, see layouts_of.
#}
{% macro identities_of(known, layouts) -%}
    {% set column = quote_name(var("xdr_columns").user_id) %}
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
    ),

    identities as (
        select * from named
        {% if known %}
        union all
        select
            known.user_id,
            known.msisdn
        from {{ known }} as known
        anti join named on known.user_id = named.user_id
        {% endif %}
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
