{#
    SQL of the files that this build has loaded and should not have, or should have
    and has not: stg_xdr__records is a view, and may be of an earlier build.
#}
{% macro misread_files() -%}
    with pending as (
        {{ pending_files() }}
    ),

    delivered as (
        select distinct source_file from {{ this }}
        where loaded_at = {{ load_time() }}
    )

    select coalesce(pending.source_file, delivered.source_file) as source_file
    from pending
    full outer join delivered on pending.source_file = delivered.source_file
    where pending.source_file is null or delivered.source_file is null
    order by source_file
{%- endmacro %}
